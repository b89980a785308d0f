import { count } from '../../shared/count'
import type { AuthKind, Endpoint, SeriesRow, ServerDraft, ServerRow, StudyRow } from '../../shared/archive'

/** 'Doe^Jane^^Dr' as people write it: 'Doe, Jane'. */
export function personName(name: string): string {
  const [family = '', given = '', middle = ''] = name
    .split('=')[0]
    .split('^')
    .map((part) => part.trim())
  const first = [given, middle].filter(Boolean).join(' ')
  return [family, first].filter(Boolean).join(', ') || 'no name'
}

/** What is in a study, in one line: 'CT, SEG · 3 series · 512 images'. */
export function contentText({ modalities, series, images }: StudyRow): string {
  return [
    modalities.join(', '),
    series === null ? '' : `${series} series`,
    images === null ? '' : count(images, 'image'),
  ]
    .filter(Boolean)
    .join(' · ')
}

/** Modalities of objects that are no images. */
const withoutImages = new Set([
  'SEG',
  'RTSTRUCT',
  'RTPLAN',
  'RTDOSE',
  'REG',
  'SR',
  'PR',
  'KO',
  'DOC',
  'ANN',
  'AU',
  'ECG',
])

export function holdsImages({ modality }: Pick<SeriesRow, 'modality'>): boolean {
  return !withoutImages.has(modality)
}

/** Of a study's series, those that make cases: images, and with them the segmentations and contours of them. */
export function importable<Row extends SeriesRow>(series: readonly Row[]): readonly Row[] {
  if (!series.some(holdsImages)) return []
  return series.filter((row) => holdsImages(row) || row.modality === 'SEG' || row.modality === 'RTSTRUCT')
}

/** A page behind those that are shown; an archive that ignores offsets sends what is there already. */
export function withPage(shown: readonly StudyRow[], page: readonly StudyRow[]): readonly StudyRow[] {
  const known = new Set(shown.map(({ studyUid }) => studyUid))
  return [...shown, ...page.filter(({ studyUid }) => !known.has(studyUid))]
}

export const modalityOptions = [
  { value: '', text: 'Any modality' },
  ...['CT', 'MR', 'PT', 'SEG', 'RTSTRUCT'].map((value) => ({ value, text: value })),
]

/** What people fill in of a server, whatever it speaks. */
export interface ServerForm {
  readonly id: string | null
  name: string
  protocol: Endpoint['protocol']
  url: string
  auth: AuthKind
  user: string
  /** Empty where it stays as it is. */
  secret: string
  host: string
  port: string
  calledAet: string
  callingAet: string
  receivePort: string
}

const emptyForm: ServerForm = {
  id: null,
  name: '',
  protocol: 'dicomweb',
  url: '',
  auth: 'none',
  user: '',
  secret: '',
  host: '',
  port: '104',
  calledAet: '',
  callingAet: 'EMEND',
  receivePort: '11112',
}

export function formOf(server: ServerRow | null): ServerForm {
  if (!server) return { ...emptyForm }
  const { id, name, endpoint } = server
  if (endpoint.protocol === 'dicomweb') return { ...emptyForm, id, name, ...endpoint }
  const { port, receivePort, ...rest } = endpoint
  return { ...emptyForm, id, name, ...rest, port: String(port), receivePort: String(receivePort) }
}

/** What is still missing or wrong, in one line; null where it can be saved. */
export function formProblem(form: ServerForm): string | null {
  if (form.name.trim() === '') return 'Give the server a name'
  return form.protocol === 'dicomweb' ? webProblem(form) : dimseProblem(form)
}

function webProblem({ url, auth, user }: ServerForm): string | null {
  const address = url.trim()
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    return 'The address is like https://pacs.example/dicom-web'
  }
  return auth === 'basic' && user.trim() === '' ? 'Enter the user’s name' : null
}

function dimseProblem({ host, port, calledAet, callingAet, receivePort }: ServerForm): string | null {
  if (host.trim() === '') return 'Enter the host'
  if (![port, receivePort].every((text) => portOf(text) !== null)) return 'A port is a number from 1 to 65535'
  const titled = [calledAet, callingAet].every((title) => title.trim() !== '' && title.trim().length <= 16)
  return titled ? null : 'An AE title has 1 to 16 characters'
}

function portOf(text: string): number | null {
  const port = Number(text)
  return /^\d{1,5}$/.test(text.trim()) && port >= 1 && port <= 65_535 ? port : null
}

export function draftOf(form: ServerForm): ServerDraft {
  const { id, auth, secret } = form
  const name = form.name.trim()
  if (form.protocol === 'dimse') {
    const [host, calledAet, callingAet] = [form.host, form.calledAet, form.callingAet].map((text) => text.trim())
    const [port, receivePort] = [form.port, form.receivePort].map((text) => portOf(text) ?? 0)
    return { id, name, endpoint: { protocol: 'dimse', host, port, calledAet, callingAet, receivePort }, secret: '' }
  }
  const endpoint = {
    protocol: 'dicomweb',
    url: form.url.trim(),
    auth,
    user: auth === 'basic' ? form.user.trim() : '',
  } as const
  // A server that asks for none has none; else an empty field leaves what is kept.
  return { id, name, endpoint, ...(auth === 'none' ? { secret: '' } : secret === '' ? {} : { secret }) }
}

/** Whether a password would travel where others can read it. */
export function isUnprotected({ protocol, url, auth }: ServerForm): boolean {
  if (protocol !== 'dicomweb' || auth === 'none' || !URL.canParse(url.trim())) return false
  const { protocol: scheme, hostname } = new URL(url.trim())
  return scheme === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
