import { describe, expect, it, vi } from 'vitest'
import { buildHandlers, suggestName } from '../../../src/main/door/handlers'
import type { Desktop, Workspace } from '../../../src/main/door/handlers'
import { requests } from '../../../src/shared/contract'

function makeDesktop(target: string | null = null) {
  return {
    info: { version: '0', user: 'reader', libraryPath: '/home/reader/Emend', electron: '33', sandboxed: true },
    choosePaths: vi.fn<Desktop['choosePaths']>(async () => []),
    chooseTarget: vi.fn<Desktop['chooseTarget']>(async () => target),
    reveal: vi.fn<Desktop['reveal']>(),
  }
}

function makeWorkspace() {
  const exportLabels = vi.fn(async () => undefined)
  const workspace = { caseDetail: () => ({ row: { title: 'Patient 7' } }), exportLabels } as unknown as Workspace
  return { exportLabels, workspace }
}

describe('the handlers', () => {
  it('cover exactly the channels of the contract', () => {
    const handlers = buildHandlers(makeWorkspace().workspace, makeDesktop())
    expect(Object.keys(handlers).sort()).toEqual(Object.keys(requests).sort())
  })

  it('export to the file that was chosen, and can then show it', async () => {
    const { exportLabels, workspace } = makeWorkspace()
    const desktop = makeDesktop('/tmp/seg.dcm')
    const handlers = buildHandlers(workspace, desktop)
    expect(await handlers['labels:export']({ caseId: 'c1', format: 'dicom-seg' })).toBe('/tmp/seg.dcm')
    expect(exportLabels).toHaveBeenCalledWith('c1', 'dicom-seg', '/tmp/seg.dcm')
    handlers['app:reveal']({ path: '/tmp/seg.dcm' })
    expect(desktop.reveal).toHaveBeenCalledWith('/tmp/seg.dcm')
  })

  it('export nothing where the dialog is cancelled', async () => {
    const { exportLabels, workspace } = makeWorkspace()
    const handlers = buildHandlers(workspace, makeDesktop(null))
    expect(await handlers['labels:export']({ caseId: 'c1', format: 'nifti' })).toBeNull()
    expect(exportLabels).not.toHaveBeenCalled()
  })

  it.each(['/etc/passwd', '/home/reader/Emend/../.ssh/id_rsa', '/home/reader/Emend-other/x'])(
    'do not show %s, which Emend did not write',
    (path) => {
      const desktop = makeDesktop()
      expect(() => buildHandlers(makeWorkspace().workspace, desktop)['app:reveal']({ path })).toThrow('did not write')
      expect(desktop.reveal).not.toHaveBeenCalled()
    },
  )
})

describe('a suggested file name', () => {
  it('keeps letters and digits of any script and drops what file systems refuse', () => {
    expect(suggestName('Patient: 7/Abdomen*', 'dicom-seg')).toBe('Patient-7-Abdomen-labels.dcm')
    expect(suggestName('Müller', 'nifti')).toBe('Müller-labels.nii.gz')
    expect(suggestName('../..', 'nifti')).toBe('case-labels.nii.gz')
  })
})
