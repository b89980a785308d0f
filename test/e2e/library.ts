import { join } from 'node:path'
import { wantsSample } from '../../src/main/jobs/sample'
import { openWorkspace } from '../../src/main/jobs/workspace'
import { recordAudit } from '../../src/main/library/audit'
import { addCase } from '../../src/main/library/cases'
import type { Library } from '../../src/main/library/library'
import { addRevision } from '../../src/main/library/revisions'
import type { Scratch } from './emend'
import { phantomOf, type Body } from './phantoms'

/** Does something in a scratch library while no window has it open; no window makes a sample study in it later. */
export async function inLibrary<T>(
  scratch: Scratch,
  act: (library: Library) => Promise<T> | T,
  user?: string,
): Promise<T> {
  const deviceFile = join(scratch.folder, 'devices')
  const workspace = await openWorkspace(scratch.library, { sample: false, deviceFile, user })
  try {
    const { library } = workspace
    if (wantsSample(library)) recordAudit(library, 'sample', 'sample study', 'not in this test')
    return await act(library)
  } finally {
    workspace.close()
  }
}

/** Adds a phantom with its true masks, as if a model had made them. */
export async function addPhantom(library: Library, description: string, body: Body): Promise<void> {
  const { image, labels } = phantomOf(body)
  const { id } = await addCase(library, { modality: 'CT', description, volume: image, warnings: [] })
  const truth = { parent: null, origin: 'model', model: 'truth@1', statuses: {}, edited: [] } as const
  await addRevision(library, { ...truth, caseId: id, labels })
}
