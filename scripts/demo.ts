import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureBuilt, repositoryRoot } from './build'

/** `npm run demo [-- --out DIR]`: the whole loop in the terminal, on the built-in sample. */

ensureBuilt((line) => console.log(line))
const cli = join(repositoryRoot, 'out/main/cli.js')
const { status } = spawnSync(process.execPath, [cli, 'demo', ...process.argv.slice(2)], { stdio: 'inherit' })
process.exitCode = status ?? 1
