import { describe, expect, it, vi } from 'vitest'
import { buildHandlers, suggestName } from '../../../src/main/door/handlers'
import type { Desktop, Workspace } from '../../../src/main/door/handlers'
import { requests } from '../../../src/shared/contract'

function makeDesktop(target: string | null = null) {
  return {
    info: { version: '0', user: 'reader', libraryPath: '/home/reader/Emend', electron: '33', sandboxed: true },
    chooseFolder: vi.fn((_: string) => Promise.resolve<string | null>('/chosen')),
    choosePaths: vi.fn<Desktop['choosePaths']>(async () => []),
    chooseTarget: vi.fn<Desktop['chooseTarget']>(async () => target),
    chooseTable: vi.fn<Desktop['chooseTable']>(async () => target),
    reveal: vi.fn<Desktop['reveal']>(),
  }
}

function makeWorkspace() {
  const exportLabels = vi.fn(async () => undefined)
  const workspace = { caseDetail: () => ({ row: { title: 'Patient 7' } }), exportLabels } as unknown as Workspace
  return { exportLabels, workspace }
}

function makePlace() {
  return { use: vi.fn(async () => undefined), move: vi.fn(async () => undefined), stop: vi.fn() }
}

describe('the handlers', () => {
  it('open and move the library where a folder was chosen, and nothing where none was', async () => {
    const [desktop, place] = [makeDesktop(), makePlace()]
    const handlers = buildHandlers(makeWorkspace().workspace, desktop, place)
    expect(await handlers['library:open'](undefined)).toBe(true)
    expect(await handlers['library:move'](undefined)).toBe(true)
    handlers['library:stop-moving'](undefined)
    desktop.chooseFolder.mockResolvedValue(null)
    expect(await handlers['library:move'](undefined)).toBe(false)
    expect([place.use.mock.calls, place.move.mock.calls]).toEqual([[['/chosen']], [['/chosen']]])
    expect(place.stop).toHaveBeenCalledOnce()
  })

  it('cover exactly the channels of the contract', () => {
    const handlers = buildHandlers(makeWorkspace().workspace, makeDesktop(), makePlace())
    expect(Object.keys(handlers).sort()).toEqual(Object.keys(requests).sort())
  })

  it('export to the file that was chosen, and can then show it', async () => {
    const { exportLabels, workspace } = makeWorkspace()
    const desktop = makeDesktop('/tmp/seg.dcm')
    const handlers = buildHandlers(workspace, desktop, makePlace())
    expect(await handlers['labels:export']({ caseId: 'c1', format: 'dicom-seg' })).toBe('/tmp/seg.dcm')
    expect(desktop.chooseTarget).toHaveBeenCalledWith('case-c1-seg.dcm', 'dicom-seg')
    expect(exportLabels).toHaveBeenCalledWith('c1', { format: 'dicom-seg', path: '/tmp/seg.dcm' })
    handlers['app:reveal']({ path: '/tmp/seg.dcm' })
    expect(desktop.reveal).toHaveBeenCalledWith('/tmp/seg.dcm')
  })

  it('export nothing where the dialog is cancelled', async () => {
    const { exportLabels, workspace } = makeWorkspace()
    const handlers = buildHandlers(workspace, makeDesktop(null), makePlace())
    expect(await handlers['labels:export']({ caseId: 'c1', format: 'nifti' })).toBeNull()
    expect(exportLabels).not.toHaveBeenCalled()
  })

  it('write a table to the file that was chosen, and can then show it', async () => {
    const exportAudit = vi.fn(async () => undefined)
    const workspace = { site: { exportAudit } } as unknown as Workspace
    const desktop = makeDesktop('/tmp/audit.csv')
    const handlers = buildHandlers(workspace, desktop, makePlace())
    expect(await handlers['audit:export']({ filter: { who: 'anna' } })).toBe('/tmp/audit.csv')
    expect(exportAudit).toHaveBeenCalledWith({ who: 'anna' }, '/tmp/audit.csv')
    handlers['app:reveal']({ path: '/tmp/audit.csv' })
    expect(desktop.reveal).toHaveBeenCalledWith('/tmp/audit.csv')
  })

  it('work on the folder that was chosen, and on none where the dialog is cancelled', async () => {
    const care = { exportSet: vi.fn(() => 'job'), repair: vi.fn(() => 'job') }
    const desktop = makeDesktop()
    const handlers = buildHandlers({ care } as unknown as Workspace, desktop, makePlace())
    expect(await handlers['library:export-set']({ caseIds: ['a'] })).toBe('job')
    expect(care.exportSet).toHaveBeenCalledWith('/chosen', ['a'])
    await handlers['library:repair']({ fromBackup: true })
    await handlers['library:repair']({ fromBackup: false })
    expect(care.repair.mock.calls).toEqual([['/chosen'], [null]])
    desktop.chooseFolder.mockResolvedValue(null)
    expect(await handlers['library:export-set']({ caseIds: ['a'] })).toBeNull()
    expect(care.exportSet).toHaveBeenCalledTimes(1)
  })

  it('ask for a folder to watch and for a model’s by their own names', async () => {
    const [watch, add] = [vi.fn(async () => 'watched'), vi.fn(async () => 'models')]
    const desktop = makeDesktop()
    const handlers = buildHandlers({ intake: { watch }, models: { add } } as unknown as Workspace, desktop, makePlace())
    expect([await handlers['intake:choose'](undefined), await handlers['models:add'](undefined)]).toEqual([
      'watched',
      'models',
    ])
    expect([...watch.mock.calls, ...add.mock.calls]).toEqual([['/chosen'], ['/chosen']])
    const titles = desktop.chooseFolder.mock.calls.map(([title]) => title)
    expect(titles).toEqual(['Watch a folder', 'Add the model in a folder'])
    desktop.chooseFolder.mockResolvedValue(null)
    expect([await handlers['intake:choose'](undefined), await handlers['models:add'](undefined)]).toEqual([null, null])
  })

  it.each(['/etc/passwd', '/home/reader/Emend/../.ssh/id_rsa', '/home/reader/Emend-other/x'])(
    'do not show %s, which Emend did not write',
    (path) => {
      const desktop = makeDesktop()
      expect(() => buildHandlers(makeWorkspace().workspace, desktop, makePlace())['app:reveal']({ path })).toThrow(
        'did not write',
      )
      expect(desktop.reveal).not.toHaveBeenCalled()
    },
  )
})

describe('a suggested file name', () => {
  it('comes from the id of the case, never from what a study says of a patient', () => {
    expect(suggestName('0a1b2c3d4e5f', 'dicom-seg')).toBe('case-0a1b2c3d-seg.dcm')
    expect(suggestName('0a1b2c3d4e5f', 'nifti')).toBe('case-0a1b2c3d-labels.nii.gz')
    expect(suggestName('../..', 'stl')).toBe('case--stl.zip')
  })
})
