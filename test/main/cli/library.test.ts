import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { reorient } from '../../../src/main/imaging/canonical'
import { writeDicomSeries } from '../../../src/main/imaging/dicom/ctSeries'
import { readImages } from '../../../src/main/imaging/import/readImages'
import { loadLabelMap } from '../../../src/main/imaging/labelFile'
import { saveNifti } from '../../../src/main/imaging/nifti'
import { lastBackup, lastCheck } from '../../../src/main/library/careRecord'
import { setAlwaysDeidentifies } from '../../../src/main/library/deidentification'
import { addCase, listCases, setRole } from '../../../src/main/library/cases'
import { openLibrary } from '../../../src/main/library/library'
import { registerModel } from '../../../src/main/library/models'
import { addRevision } from '../../../src/main/library/revisions'
import { askSecondReading } from '../../../src/main/library/secondReading'
import { heldOutNotice } from '../../../src/shared/review'
import { newCase, smallLabels } from '../library/samples'
import { manifest, modelFolder, scene, thresholdNetwork } from '../segmentation/scene'
import { emend } from './emend'

const LIVER = 1
const SPLEEN = 3
const { image, ball } = scene([40, 36, 24], [6, 6, 8])
let root: string
let drawn: string
let id: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'emend-library-'))
  drawn = join(root, 'drawn.nii.gz')
  await writeDicomSeries(join(root, 'series'), image, { seriesDescription: 'A ball' })
  // The ball as a spleen, and a liver that the reader is not asked about.
  const both = ball.data.map((value, n) => (value ? SPLEEN : n < 100 ? LIVER : 0))
  await saveNifti(drawn, reorient({ ...ball, data: both }, 'LPS'))
  const { volumes } = await readImages([join(root, 'series')])
  const library = openLibrary(join(root, 'library'))
  ;({ id } = await addCase(library, volumes[0]))
  library.close()
})

const library = (...args: string[]) => emend('library', ...args, '--library', join(root, 'library'))

describe('emend library', () => {
  it('lists cases and shows one by the beginning of its id', async () => {
    expect(JSON.parse((await library('list', '--json')).stdout)).toMatchObject([{ id, dims: [40, 36, 24] }])
    const { row, schema } = JSON.parse((await library('show', id.slice(0, 6), '--json')).stdout)
    expect([row.id, schema.name]).toEqual([id, 'flare23'])
  })

  it('tells who teaches, and refuses a teacher that is not there in one line', async () => {
    const { teacher, teachers } = JSON.parse((await library('teacher', '--json')).stdout)
    expect([teacher, teachers]).toEqual([null, []])
    const { stderr } = await library('teacher', 'abdomen-site@3')
    expect(stderr).toContain('the library has no model abdomen-site@3')
  })

  it('attaches a coarse model as a new version, whose card says what looks first', async () => {
    const there = join(root, 'with models')
    const opened = openLibrary(there)
    for (const [name, mm] of [
      ['fine', 4],
      ['finder', 10],
    ] as const) {
      const preprocess = { ...(manifest()['preprocess'] as object), grid: { kind: 'spacing', mm: [mm, mm, mm] } }
      const folder = await modelFolder({ network: thresholdNetwork(mm), manifest: manifest({ name, preprocess }) })
      await registerModel(opened, folder, { promoted: true, use: false, verdict: 'added' })
    }
    opened.close()
    const coarse = (...args: string[]) => emend('library', ...args, '--library', there)
    expect((await coarse('coarse', 'fine@3', 'finder@3')).stdout).toMatch(
      /fine@4 +available .*looks where finder@3 finds/,
    )
    expect((await coarse('card', 'fine@4')).stdout).toMatch(/Looks first +finder@3/)
    const refused = await coarse('coarse', 'finder@3', 'fine@3')
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('it sees a finer grid')])
  })

  it('takes a reader’s masks of the named structures, and exports them where the image was', async () => {
    const reviewed = await library(
      'review',
      id,
      '--structures',
      'spleen',
      '--status',
      'corrected',
      '--labels',
      drawn,
      '--json',
    )
    expect(reviewed.stderr).toBe('')
    const { statuses } = JSON.parse(reviewed.stdout)
    expect(statuses.spleen).toBe('corrected')
    expect(statuses.liver ?? 'unreviewed').toBe('unreviewed')
    const out = join(root, 'masks.nii.gz')
    expect(await library('export', id, '--out', out)).toMatchObject({ status: 0, stdout: `${out}\n` })
    const labels = reorient(await loadLabelMap(out), 'RAS')
    expect(labels.data).toEqual(ball.data.map((value) => (value ? SPLEEN : 0)))
    const seg = join(root, 'masks.dcm')
    expect((await library('export', id, '--out', seg)).status).toBe(0)
    expect((await readFile(seg)).subarray(128, 132).toString()).toBe('DICM')
  })

  it('replaces a file only when told to, and writes in the other formats', async () => {
    const out = join(root, 'masks.nii.gz')
    const again = await library('export', id, '--out', out)
    expect(again).toMatchObject({ status: 1, stderr: `emend: ${out} is there already (--force replaces it)\n` })
    expect((await library('export', id, '--out', out, '--force')).status).toBe(0)
    const csv = join(root, 'volumes.csv')
    expect((await library('export', id, '--out', csv, '--structures', 'spleen')).status).toBe(0)
    expect(await readFile(csv, 'utf8')).toMatch(/spleen,Spleen,corrected/)
    const contours = join(root, 'contours.dcm')
    expect((await library('export', id, '--out', contours, '--format', 'rtstruct')).status).toBe(0)
    expect((await library('export', id, '--out', join(root, 'a.zip'))).stderr).toMatch(/--format says what it is/)
    expect((await library('export', id, '--out', join(root, 'a.png'), '--format', 'stl')).stderr).toMatch(/ends in/)
  })

  it('records what a reader says of structures', async () => {
    const { stdout } = await library('review', id, '--structures', 'liver,lesion', '--status', 'absent', '--json')
    expect(JSON.parse(stdout).statuses).toMatchObject({ liver: 'absent', lesion: 'absent', spleen: 'corrected' })
  })

  it('says which new cases are segmented as they come', async () => {
    const { stdout } = await library('segment', '--new', 'none', '--json')
    expect(JSON.parse(stdout)).toEqual({ segmentWatched: false, segmentImported: false })
    expect((await library('segment', '--new', 'all')).stdout).toBe('segmented as they come: all\n')
  })

  it.each([
    ['an unknown verb', ['explode'], 2, /there is no 'explode' of a library/],
    ['no verb', [], 2, /is missing/],
    ['an unknown case', ['show', 'zzz'], 1, /the library has no case zzz/],
    ['an unknown status', ['review', 'a', '--structures', 'liver', '--status', 'fine'], 1, /has no case a|one of/],
    ['neither cases nor which', ['segment'], 2, /CASE is missing \(or --unlabelled, or --open\)/],
    ['cases and all of them', ['segment', 'abc', '--open'], 2, /name cases, or say/],
    ['a choice of new cases that there is not', ['segment', '--new', 'some'], 2, /one of all, watched, none/],
    ['a version that is none', ['rollback', 'student'], 2, /no NAME@VERSION/],
    ['a version that the library lacks', ['rollback', 'student@7'], 1, /student/],
  ])('refuses %s in one line', async (_, args, status, message) => {
    const ended = await library(...args)
    expect([ended.status, ended.stdout]).toEqual([status, ''])
    expect(ended.stderr).toMatch(message)
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('refuses masks on another grid', async () => {
    const other = join(root, 'other.nii.gz')
    await saveNifti(other, { ...ball, dims: [36, 40, 24] })
    const { status, stderr } = await library(
      ...['review', id, '--structures', 'spleen', '--status', 'corrected', '--labels', other],
    )
    expect([status, stderr]).toEqual([1, expect.stringContaining('does not lie on the grid')])
  })
})

describe('emend library, beside a window', () => {
  it('reads what another process has open, and refuses to write, in one line', async () => {
    const open = openLibrary(join(root, 'library'))
    try {
      expect(JSON.parse((await library('list', '--where', 'ball', '--json')).stdout)).toHaveLength(1)
      expect((await library('verify')).stdout).toMatch(/^all is as it was written: 1 case, \d/)
      // What another process may be about to enter is no fault.
      await writeFile(join(root, 'library', 'cases', id, 'labels', 'fresh.nii.gz'), 'whole')
      expect((await library('verify')).status).toBe(0)
      await rm(join(root, 'library', 'cases', id, 'labels', 'fresh.nii.gz'))
      expect(lastCheck(open)).toMatchObject({ cases: 1, found: 0 })
      const refused = await library('reopen', id, '--reason', 'again')
      expect(refused).toMatchObject({ status: 1, stdout: '' })
      expect(refused.stderr).toMatch(/^emend: the library .* is open already by .*\n$/)
    } finally {
      open.close()
    }
  })

  it('rejects nothing without a reason', async () => {
    const silent = await library('review', id, '--structures', 'spleen', '--status', 'rejected')
    expect(silent).toMatchObject({ status: 2, stdout: '' })
    expect(silent.stderr).toMatch(/^emend: --status rejected needs --reason TEXT: why the masks are no good/)
    const args = ['--structures', 'pancreas', '--status', 'rejected', '--reason', 'it is the duodenum']
    expect((await library('review', id, ...args)).status).toBe(0)
    expect((await library('note', id)).stdout).toMatch(/reject +pancreas +it is the duodenum/)
  })

  it('says what was done, by whom, and that the record is whole', async () => {
    expect((await library('reject', id, '--structures', 'spleen', '--reason', 'it is the stomach')).status).toBe(0)
    expect((await library('note', id, '--kind', 'flag')).stdout).toMatch(/reject +spleen +it is the stomach\n.*flag/)
    expect(JSON.parse((await library('list', '--where', 'is:flagged spleen:rejected', '--json')).stdout)).toHaveLength(
      1,
    )
    expect((await library('audit', '--check')).stdout).toMatch(/^the chain is whole: \d+ entries\n$/)
    const stats = (await library('stats')).stdout
    expect(stats).toMatch(/^reader +cases +accepted/)
    expect((await library('stats', '--json')).stdout).toContain('"reason": "it is the stomach"')
    expect((await library('watch')).stderr).toMatch(/watches no folder/)
    expect((await library('watch', root)).stderr).toMatch(/lie in one another/)
    const out = join(root, 'audit.csv')
    expect((await library('audit', '--out', out)).status).toBe(0)
    expect(await readFile(out, 'utf8')).toMatch(/,refused,,open: the library was in use,/)
    expect((await library('stats', '--out', join(root, 'stats.csv'))).status).toBe(0)
    const [last, before] = JSON.parse((await library('audit', '--json')).stdout)
    expect([before, last].map(({ action, outcome }) => [action, outcome])).toEqual([['export', 'the audit'], ['export', 'statistics']]) // prettier-ignore
    expect((await library('roles', '--user', 'nobody', '--role', 'reader')).stderr).toMatch(/no administrator/)
    expect((await library('next', '--strategy', 'hardest')).status).toBe(2)
    expect((await library('next', '--not', id)).stdout).toBe('nothing else is left to review\n')
  })

  it('says of a held-out case that what is taken back is not scored until it is verified again', async () => {
    const open = openLibrary(join(root, 'library'))
    setRole(open, id, 'hold-out')
    open.close()
    const reopened = await library('reopen', id, '--reason', 'again', '--structures', 'liver')
    const unsaid = await library('review', id, '--structures', 'lesion', '--status', 'unreviewed')
    const verified = await library('review', id, '--structures', 'liver,lesion', '--status', 'absent')
    expect([reopened, unsaid, verified].map(({ stderr }) => stderr)).toEqual([
      `${heldOutNotice}\n`,
      `${heldOutNotice}\n`,
      '',
    ])
  })

  it('makes a schema from a file, takes it into use, and gives it to cases in which nothing is decided', async () => {
    const [good, bad] = [join(root, 'knee.json'), join(root, 'bad.json')]
    const patella = { title: 'Patella', color: '#e69f00', kind: 'organ', code: null }
    await writeFile(good, JSON.stringify({ title: 'Knee', structures: [patella] }))
    await writeFile(bad, JSON.stringify({ title: 'Knee', structures: [{ ...patella, color: 'orange' }] }))
    expect((await library('make-schema', bad)).stderr).toMatch(/bad\.json describes no schema: structures\.0\.color/)
    expect((await library('make-schema', good)).stdout).toMatch(/knee +Knee +1 structure +0 cases +the site's own/)
    expect((await library('use-schema', 'knee')).stdout).toMatch(/\* +knee/)
    expect((await library('cycle')).stderr).toMatch(/nothing to learn Knee from yet/)
    expect((await library('assign-schema', 'knee', id)).stderr).toMatch(
      /cannot change its schema, flare23: structures of it are decided/,
    )
    expect((await library('use-schema', 'flare23')).status).toBe(0)
  })

  it('takes a data set from one library to another, without names where that one hides identity', async () => {
    const [set, there] = [join(root, 'Miller John'), join(root, 'there')]
    expect((await library('export-set', '--out', set)).stdout).toMatch(/Miller John: 1 case with verified labels\n$/)
    const other = openLibrary(there)
    await setAlwaysDeidentifies(other, true)
    other.close()
    const came = await emend('library', 'import-set', set, '--library', there)
    expect(came.stdout).toBe('data set: 1 case with labels for review\n')
    const again = await emend('library', 'import-set', set, '--json', '--library', there)
    expect(JSON.parse(again.stdout)).toMatchObject({ labelled: 1, known: 1, refused: 0 })
  })

  it('backs up and moves', async () => {
    const copy = join(root, 'a copy')
    expect((await library('backup', copy)).stdout).toMatch(/a copy: \d+ files copied\n$/)
    const first = openLibrary(join(root, 'library'), { access: 'onlooker' })
    expect(lastBackup(first)?.folder).toBe(copy)
    first.close()
    const moved = join(root, 'verlegt nach Köln')
    expect((await emend('library', 'move', moved, '--library', copy)).status).toBe(0)
    expect((await emend('library', 'list', '--library', copy)).stderr).toMatch(/there is no library in/)
    expect(JSON.parse((await emend('library', 'list', '--json', '--library', moved)).stdout)).toHaveLength(1)
  })
})

describe('emend library, to who may read a case a second time', () => {
  it('holds back what tells of the first reading, and says so in one line', async () => {
    const anna = openLibrary(join(root, 'read twice'), { user: 'anna' })
    const { id: caseId } = await addCase(anna, newCase())
    const revision = { caseId, parent: null, origin: 'reader', model: null, edited: [], labels: smallLabels() } as const
    await addRevision(anna, { ...revision, statuses: { liver: 'corrected' } })
    await askSecondReading(anna, caseId, 'teaching')
    anna.close()
    const ask = (...args: string[]) => emend('library', ...args, '--library', join(root, 'read twice'))
    const held =
      /^(\d) (entries|lines) are held back: what tells of a first reading is shown once the second is complete/m
    const audit = await ask('audit')
    expect(audit.stdout).toMatch(/^\S+ +anna +import +\S+ +added\n$/)
    expect(audit.stderr).toMatch(held)
    expect((await ask('audit', '--check')).stdout).toMatch(/^the chain is whole: [4-9] entries/)
    const out = join(root, 'read twice.csv')
    expect((await ask('audit', '--out', out)).stderr).toMatch(held)
    expect((await readFile(out, 'utf8')).trim().split('\n')).toHaveLength(2)
    const history = await ask('history', caseId)
    expect(history.stdout).not.toContain('second reading')
    expect(history.stderr).toMatch(held)
  })

  it('settles two readings only where whose mask holds is said of each that differs', async () => {
    const bert = openLibrary(join(root, 'read twice'), { user: 'bert' })
    const [{ id: caseId, revision }] = listCases(bert)
    await addRevision(bert, {
      caseId,
      parent: revision,
      origin: 'reader',
      model: null,
      edited: ['liver'],
      statuses: { liver: 'corrected' },
      labels: smallLabels({ 0: LIVER }),
    })
    bert.close()
    const settle = (...picks: string[]) =>
      emend(
        'library',
        'arbitrate',
        caseId,
        '--reason',
        'the capsule is seen',
        ...picks,
        '--library',
        join(root, 'read twice'),
      )
    expect((await settle()).stderr).toContain('the two readings differ in liver, and nobody picked whose holds')
    expect((await settle('--pick', 'third')).stderr).toContain('--pick third: it is STRUCTURE=first')
    expect((await settle('--pick', 'first')).status).toBe(0)
    expect((await settle('--pick', 'first')).stderr).toContain('no two readings')
  })
})
