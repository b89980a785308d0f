import * as v from 'valibot'
import { Endpoint } from '../../shared/archive'
import { Servers, type OpenServer } from '../pacs/servers'
import { UsageError } from './verb'

export const serverOptions = {
  server: { type: 'string' },
  url: { type: 'string' },
  user: { type: 'string' },
} as const

export const serverOptionsHelp = `  --server NAME             an archive of the list (the only one, without it)
  --url URL [--user NAME]   any other: the root of its DICOMweb service
  EMEND_PACS_SECRET         in the environment: the password, or without a user the token. Those that the window keeps
                            lie in the system's key store, where a shell does not reach them`

/** The archive that a command line names. @throws UsageError where it names none. */
export async function serverOf(values: { server?: string; url?: string; user?: string }): Promise<OpenServer> {
  const secret = process.env['EMEND_PACS_SECRET'] ?? null
  if (values.url === undefined) {
    const open = await new Servers().open(values.server ?? (await onlyServer()))
    return { ...open, secret: secret ?? open.secret }
  }
  const user = values.user ?? ''
  const auth = user !== '' ? 'basic' : secret === null ? 'none' : 'bearer'
  const endpoint = v.safeParse(Endpoint, { protocol: 'dicomweb', url: values.url, auth, user })
  if (!endpoint.success) throw new UsageError(`--url ${values.url}: ${endpoint.issues[0].message}`)
  const { host } = new URL(values.url)
  return { server: { id: host, name: host, endpoint: endpoint.output }, secret }
}

async function onlyServer(): Promise<string> {
  const { servers } = await new Servers().list()
  if (servers.length === 1) return servers[0].id
  throw new UsageError('--server or --url is missing')
}
