import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { addCase, listCases } from '../../../src/main/library/cases'
import { openLibrary, type OpenOptions } from '../../../src/main/library/library'
import { registerModel } from '../../../src/main/library/models'
import { setStatus } from '../../../src/main/library/reviews'
import { addRevision } from '../../../src/main/library/revisions'
import { newCase, smallLabels, writeModel } from './samples'

/**
 * A program that works on a library without a pause, to be killed: `restless.js ROOT owner|guest ROUNDS SEED`. Each
 * thing that it finished it says on stdout, one line each, after it was committed.
 */

const [root, access, rounds, seed] = process.argv.slice(2)
const library = openLibrary(root, { user: 'restless', access: access as OpenOptions['access'] })
const say = (what: string, id: string): void => void process.stdout.write(`${what} ${id}\n`)
say('open', root)

for (let round = 0; round < Number(rounds); round++) {
  const number = Number(seed) * 1000 + round
  const { id } = await addCase(library, newCase(number))
  say('case', id)
  const parent = listCases(library).find((row) => row.id === id)?.revision ?? null
  const revision = await addRevision(library, {
    caseId: id,
    parent,
    origin: 'reader',
    model: null,
    statuses: { liver: 'corrected' },
    edited: ['liver'],
    labels: smallLabels({ [number % 210]: 1 }),
  })
  say('revision', `${id}/${revision.id}`)
  setStatus(library, id, 'spleen', 'absent')
  say('status', id)
  const made = writeModel(mkdtempSync(join(root, 'runs', 'model-')), { network: new Uint8Array(200_000).fill(round) })
  const { version } = await registerModel(library, made, { promoted: round % 2 === 0, verdict: `round ${round}` })
  say('model', String(version))
}
library.close()
