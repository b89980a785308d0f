/**
 * Stands in for Electron's own default_app.asar, which electron-builder leaves out of the runtimes it packs:
 * `electron [-r module] [switches] PATH` starts the app folder or main file at PATH, as stock Electron does.
 */
import { app } from 'electron'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The app's path and the modules to load before it; Chromium and Node read the other switches themselves. */
function readArguments(args) {
  const preloads = []
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '-r' || args[i] === '--require') preloads.push(args[++i])
    else if (!args[i].startsWith('-')) return { path: resolve(args[i]), preloads }
  }
  return { path: null, preloads }
}

/** Takes name and version from the app's package.json, so that `app.getName()` says what the packed app will say. */
function introduce(path) {
  const manifestPath = join(path, 'package.json')
  if (!existsSync(manifestPath)) {
    app.setAppPath(statSync(path).isDirectory() ? path : dirname(path))
    return
  }
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'))
  if (manifest.version) app.setVersion(manifest.version)
  if (manifest.productName ?? manifest.name) app.setName(manifest.productName ?? manifest.name)
  if (manifest.desktopName) app.setDesktopName(manifest.desktopName)
  app.setAppPath(path)
}

const { path, preloads } = readArguments(process.argv.slice(1))
if (!path || !existsSync(path)) {
  console.error(path ? `electron: nothing lies at ${path}` : 'usage: electron [switches] PATH')
  process.exit(1)
}
const require = createRequire(join(process.cwd(), 'here.js'))
for (const preload of preloads) require(preload)
process.defaultApp = true
introduce(path)
// Electron is ready only once this module is loaded: an app may still declare what must be declared before.
await import(pathToFileURL(require.resolve(path)).href)
