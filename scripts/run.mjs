/** Runs a TypeScript program of this repository in plain Node: `node scripts/run.mjs bench/main.ts [arguments]`. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const [file, ...rest] = process.argv.slice(2)
if (!file) {
  console.error('usage: node scripts/run.mjs FILE.ts [arguments]')
  process.exit(2)
}
process.argv = [process.argv[0], resolve(file), ...rest]
const root = fileURLToPath(new URL('..', import.meta.url))
await runnerImport(resolve(file), { root, configFile: false, logLevel: 'error' })
