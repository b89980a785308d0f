import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EmendError } from '../src/shared/errors'

export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url))

const sources = ['src', 'package.json', 'electron.vite.config.ts', 'node_modules/.package-lock.json']
const products = ['out/main/index.js', 'out/main/cli.js', 'out/preload/index.cjs', 'out/renderer/index.html']

/** Builds main, preload and renderer into out/ where a source is newer than what was built from it. */
export function ensureBuilt(say: (line: string) => void): void {
  if (!isStale()) return
  say('building')
  const tool = join(
    dirname(createRequire(import.meta.url).resolve('electron-vite/package.json')),
    'bin/electron-vite.js',
  )
  const { status } = spawnSync(process.execPath, [tool, 'build', '--logLevel', 'warn'], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) throw new EmendError('the build failed', { hint: 'what went wrong stands above' })
}

function isStale(): boolean {
  const built = products.map((path) => join(repositoryRoot, path))
  if (!built.every((path) => existsSync(path))) return true
  const oldestProduct = Math.min(...built.map((path) => statSync(path).mtimeMs))
  return sources.some((path) => newest(join(repositoryRoot, path)) > oldestProduct)
}

/** The latest change below a path, in milliseconds; 0 where nothing lies there. */
function newest(path: string): number {
  if (!existsSync(path)) return 0
  const status = statSync(path)
  if (!status.isDirectory()) return status.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
}
