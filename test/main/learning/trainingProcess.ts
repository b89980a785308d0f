import { train } from '../../../src/main/learning/train'
import { blobData, blobRecipe } from './blobs'

/**
 * Trains on the blobs in a process of its own, which can be killed: `trainingProcess.js FOLDER STEPS [resume]`. It prints
 * each step's number when it is done, and keeps a checkpoint of every one.
 */
const [out, steps, resume] = process.argv.slice(2)
await train(
  { ...blobData, holdOut: null },
  {
    recipe: blobRecipe(Number(steps)),
    seed: 8,
    out,
    identity: { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' },
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
