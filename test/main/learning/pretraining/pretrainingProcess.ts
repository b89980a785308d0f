import { pretrain } from '../../../../src/main/learning/pretraining/pretrain'
import { blobImages, blobPlan } from './plans'

/**
 * Pre-trains on the blobs by regions, which has all that a run keeps, in a process of its own, which can be killed:
 * `pretrainingProcess.js FOLDER STEPS [resume]`. It prints each step's number when it is done, and keeps a checkpoint of
 * every one.
 */
const [out, steps, resume] = process.argv.slice(2)
await pretrain(
  blobImages,
  {
    plan: blobPlan('region', Number(steps)),
    seed: 8,
    out,
    attribution: 'made up',
    resume: resume === 'resume',
    threads: 1,
    checkpointSeconds: 0,
  },
  {
    signal: new AbortController().signal,
    report: ({ figures }) => {
      if (figures) process.stdout.write(`${figures['step']}\n`)
    },
  },
)
