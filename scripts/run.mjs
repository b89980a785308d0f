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
try {
  await runnerImport(resolve(file), { root, configFile: false, logLevel: 'error' })
} catch (error) {
  // What a user can mend is told in one line; anything else is a fault of ours and keeps its stack.
  if (error?.name === 'EmendError') console.error(error.hint ? `${error.message}\n  ${error.hint}` : error.message)
  else console.error(error)
  process.exit(1)
}
