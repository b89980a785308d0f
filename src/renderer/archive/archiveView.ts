import type { Endpoint, SeriesRow, ServerDraft, ServerRow, StudyRow } from '../../shared/archive'

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
    images === null ? '' : `${images} ${images === 1 ? 'image' : 'images'}`,
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

/** A page behind those that are shown; an archive that ignores offsets sends what is there already. */
export function withPage(shown: readonly StudyRow[], page: readonly StudyRow[]): readonly StudyRow[] {
  const known = new Set(shown.map(({ studyUid }) => studyUid))
  return [...shown, ...page.filter(({ studyUid }) => !known.has(studyUid))]
}

export const modalityOptions = [
  { value: '', text: 'Any modality' },
  ...['CT', 'MR', 'PT', 'SEG', 'RTSTRUCT'].map((value) => ({ value, text: value })),
]

/** What people fill in of a server. */
export interface ServerForm {
  readonly id: string | null
  name: string
  url: string
  auth: Endpoint['auth']
  user: string
  /** Empty where it stays as it is. */
  secret: string
}

export function formOf(server: ServerRow | null): ServerForm {
  if (!server) return { id: null, name: '', url: '', auth: 'none', user: '', secret: '' }
  const { url, auth, user } = server.endpoint
  return { id: server.id, name: server.name, url, auth, user, secret: '' }
}

/** What is still missing or wrong, in one line; null where it can be saved. */
export function formProblem({ name, url, auth, user }: ServerForm): string | null {
  if (name.trim() === '') return 'Give the server a name'
  const address = url.trim()
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    return 'The address is like https://pacs.example/dicom-web'
  }
  if (auth === 'basic' && user.trim() === '') return 'Enter the user’s name'
  return null
}

export function draftOf({ id, name, url, auth, user, secret }: ServerForm): ServerDraft {
  return {
    id,
    name: name.trim(),
    endpoint: { protocol: 'dicomweb', url: url.trim(), auth, user: auth === 'basic' ? user.trim() : '' },
    // A server that asks for none has none; else an empty field leaves what is kept.
    ...(auth === 'none' ? { secret: '' } : secret === '' ? {} : { secret }),
  }
}

/** Whether a password would travel where others can read it. */
export function isUnprotected({ url, auth }: ServerForm): boolean {
  if (auth === 'none' || !URL.canParse(url.trim())) return false
  const { protocol, hostname } = new URL(url.trim())
  return protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
