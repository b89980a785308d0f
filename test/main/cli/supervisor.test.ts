import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** bin/emend.mjs with a program of the test's own in the place of the built command line. */
async function installed(program: string | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'emend-bin-'))
  await mkdir(join(folder, 'bin'))
  await mkdir(join(folder, 'out', 'main'), { recursive: true })
  await copyFile('bin/emend.mjs', join(folder, 'bin', 'emend.mjs'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  if (program !== null) await writeFile(join(folder, 'out', 'main', 'cli.js'), program)
  return join(folder, 'bin', 'emend.mjs')
}

const run = (script: string, ...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })

describe('bin/emend.mjs', () => {
  it('passes arguments, output and exit status through', async () => {
    const bin = await installed('console.log(process.argv.slice(2).join("|")); process.exitCode = 7')
    expect(run(bin, 'a b', '--c')).toMatchObject({ status: 7, stdout: 'a b|--c\n', stderr: '' })
  })

  it('says how to build where nothing is built', async () => {
    const { status, stderr } = run(await installed(null))
    expect([status, stderr]).toEqual([1, 'emend: it is not built yet (run: npm run build)\n'])
  })

  it('tells of a process that its driver took down', async () => {
    const { status, stderr } = run(await installed('process.kill(process.pid, "SIGSEGV"); setTimeout(() => {}, 5000)'))
    expect([status, stderr]).toEqual([1, 'emend: its process was ended by SIGSEGV\n'])
  })

  it.skipIf(process.platform === 'win32')('ends a process that is too busy to hear of an interrupt', async () => {
    const busy = 'process.on("SIGINT", () => {}); process.kill(process.ppid, "SIGINT"); for (;;);'
    const { status, stderr } = run(await installed(busy))
    expect([status, stderr]).toEqual([130, 'emend: cancelled\n'])
  })
})
