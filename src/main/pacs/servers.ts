import { randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { Server, type ServerDraft, type ServerList } from '../../shared/archive'
import { EmendError } from '../../shared/errors'
import { writeFileAtomic } from '../imaging/atomicFile'
import { readFault } from '../imaging/readFault'
import { noKeyStore, Secrets, type KeyStore } from './secrets'

/** A server together with its secret: what a connection needs. Crosses to job processes, and never to the window or a disk. */
export const OpenServer = v.strictObject({ server: Server, secret: v.nullable(v.string()) })
export type OpenServer = v.InferOutput<typeof OpenServer>

const ServerFile = v.strictObject({ servers: v.array(Server) })

/** Where this user's servers are kept, on every system: not in a library, which may be shared. */
export const configFolder = (): string => join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'emend')

/** The image archives that this user knows: plain data in `servers.json`, their secrets apart in `secrets.json`. */
export class Servers {
  private readonly file: string
  private readonly secrets: Secrets

  constructor(folder: string = configFolder(), keyStore: KeyStore = noKeyStore) {
    this.file = join(folder, 'servers.json')
    this.secrets = new Secrets(join(folder, 'secrets.json'), keyStore)
  }

  /** @throws EmendError where the list, or what is kept of the secrets, is damaged. */
  async list(): Promise<ServerList> {
    const withSecret = await this.secrets.ids()
    const servers = (await this.read()).map((server) => ({ ...server, hasSecret: withSecret.has(server.id) }))
    return { servers, keepsSecrets: await this.secrets.keeps() }
  }

  /**
   * Adds or changes a server. Its secret stays as it was where the draft brings none, unless the server is now another
   * machine: a password is not sent where it was not meant to go.
   */
  async save(draft: ServerDraft): Promise<ServerList> {
    const servers = await this.read()
    const known = servers.find(({ id }) => id === draft.id)
    if (draft.id !== null && !known) throw new EmendError('this server is no longer in the list')
    if (servers.some(({ id, name }) => name === draft.name && id !== draft.id)) {
      throw new EmendError(`there is a server ${draft.name} already`, { hint: 'give it another name' })
    }
    const server: Server = { id: draft.id ?? randomUUID(), name: draft.name, endpoint: draft.endpoint }
    // In this order, so that a crash in between leaves no address with a secret that is another's.
    if (draft.secret !== undefined || (known && !isSameMachine(known, server))) await this.secrets.forget(server.id)
    await this.write(known ? servers.map((other) => (other === known ? server : other)) : [...servers, server])
    if (draft.secret !== undefined) await this.secrets.set(server.id, draft.secret)
    return this.list()
  }

  async remove(id: string): Promise<ServerList> {
    await this.secrets.forget(id)
    await this.write((await this.read()).filter((server) => server.id !== id))
    return this.list()
  }

  /** A server of the list, by id or by name, with its secret. @throws EmendError where there is none. */
  async open(idOrName: string): Promise<OpenServer> {
    const servers = await this.read()
    const server = servers.find(({ id }) => id === idOrName) ?? servers.find(({ name }) => name === idOrName)
    if (!server) {
      const names = servers.map(({ name }) => name).join(', ')
      throw new EmendError(`there is no server ${idOrName}`, {
        hint: names ? `known are ${names}` : 'none is known yet',
      })
    }
    return { server, secret: await this.secrets.get(server.id) }
  }

  /** A draft as it would be once saved. */
  async openDraft(draft: ServerDraft): Promise<OpenServer> {
    const server: Server = { id: draft.id ?? 'draft', name: draft.name, endpoint: draft.endpoint }
    if (draft.secret !== undefined) return { server, secret: draft.secret }
    const known = (await this.read()).find(({ id }) => id === draft.id)
    return { server, secret: known && isSameMachine(known, server) ? await this.secrets.get(known.id) : null }
  }

  private async read(): Promise<readonly Server[]> {
    const text = await readFile(this.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw readFault(this.file, error)
    })
    if (text === null) return []
    try {
      return v.parse(ServerFile, JSON.parse(text)).servers
    } catch (error) {
      throw new EmendError(`${this.file} is damaged: it is no list of servers`, {
        hint: 'mend or remove it',
        cause: error,
      })
    }
  }

  private async write(servers: readonly Server[]): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 })
    await writeFileAtomic(this.file, `${JSON.stringify({ servers }, null, 2)}\n`)
  }
}

function isSameMachine(a: Server, b: Server): boolean {
  return machineOf(a) === machineOf(b)
}

function machineOf({ endpoint }: Server): string {
  return endpoint.protocol === 'dicomweb' ? new URL(endpoint.url).origin : `${endpoint.host}:${endpoint.port}`
}
