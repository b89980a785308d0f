import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PYTHON = '/usr/bin/python3'
const script = fileURLToPath(new URL('./torchTraining.py', import.meta.url))

/** Whether PyTorch is installed here, so that tests can be held against it. */
export const hasTorch = spawnSync(PYTHON, ['-c', 'import torch']).status === 0

/** Gives the peer script tasks and returns its answers in their order; throws what Python said where it failed. */
export function askTorch<Answer>(tasks: readonly object[]): Answer[] {
  const { status, stdout, stderr } = spawnSync(PYTHON, [script], {
    input: JSON.stringify(tasks),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(`PyTorch failed: ${stderr}`)
  return JSON.parse(stdout) as Answer[]
}
