import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuilt, repositoryRoot } from './build'

/**
 * `npm test`: types, lint, then unit, property and Electron tests. Arguments go to vitest. The last line counts all tests;
 * the exit status is 0 only where every step passed.
 */

interface Summary {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  /** One a file; a file that could not be set up fails without a failed test of its own. */
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

const args = process.argv.slice(2)
const results = join(repositoryRoot, 'test/artefacts/results.json')
mkdirSync(join(repositoryRoot, 'test/artefacts'), { recursive: true })
rmSync(results, { force: true })

// A test that is killed cannot remove what it made.
const scratch = mkdtempSync(join(tmpdir(), 'emend-tests-'))
// A test that lays down root's rights has to get through to its own folder.
chmodSync(scratch, 0o711)
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
const shell = process.platform === 'win32'

// A run of chosen tests is a developer's: the whole tree's checks would only keep it waiting.
const checking = args.length === 0 ? [check('tsc', ['--noEmit', '-p', '.']), check('eslint', ['.'])] : []
ensureBuilt((line) => console.log(line))
const checks = await Promise.all(checking)
const tests = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`, ...args])

const summary = readSummary()
const skipped = summary.numPendingTests + summary.numTodoTests
console.log(`tests: ${summary.numPassedTests} passed, ${failures(summary)} failed, ${skipped} skipped`)
process.exitCode = [...checks, tests].every((passed) => passed) ? 0 : 1

/** Each check, like the build, takes one core alone, so they run at once; what one found is said when it is done. */
function check(tool: string, args: string[]): Promise<boolean> {
  const child = spawn(pathOf(tool), args, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'pipe'], shell })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => said.push(bytes))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => {
      console.log(`> ${tool}`)
      process.stdout.write(Buffer.concat(said))
      resolve(status === 0)
    })
  })
}

function run(tool: string, args: string[]): boolean {
  console.log(`> ${tool}`)
  const env = { ...process.env, TMPDIR: scratch, TEMP: scratch, TMP: scratch }
  return spawnSync(pathOf(tool), args, { cwd: repositoryRoot, stdio: 'inherit', env, shell }).status === 0
}

function pathOf(tool: string): string {
  return join(repositoryRoot, 'node_modules/.bin', tool)
}

/** Failed tests, and files that failed outside their tests. */
function failures({ numFailedTests, testResults }: Summary): number {
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((assertion) => assertion.status !== 'failed'),
  )
  return numFailedTests + broken.length
}

function readSummary(): Summary {
  try {
    return JSON.parse(readFileSync(results, 'utf8')) as Summary
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] }
  }
}
