import { chmod, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { EmendError } from '../../shared/errors'
import { writeFileAtomic } from '../imaging/atomicFile'
import { readFault } from '../imaging/readFault'

/** The system's key store, as far as Emend needs it: what it encrypts, only this user on this machine can decrypt. */
export interface KeyStore {
  isAvailable(): Promise<boolean>
  encrypt(text: string): Promise<Uint8Array>
  decrypt(bytes: Uint8Array): Promise<string>
}

/** No key store: in plain Node, or on a system without one. */
export const noKeyStore: KeyStore = {
  isAvailable: async () => false,
  encrypt: () => Promise.reject(new Error('there is no key store')),
  decrypt: () => Promise.reject(new Error('there is no key store')),
}

const Kept = v.record(v.string(), v.string())

/**
 * Secrets by server id. The system's key store encrypts them before they touch the disk; where there is none they live
 * in memory only, and are forgotten with this process.
 */
export class Secrets {
  private readonly remembered = new Map<string, string>()
  private turn: Promise<unknown> = Promise.resolve()

  /** @param file where the encrypted secrets lie, readable by this user alone */
  constructor(
    private readonly file: string,
    private readonly keyStore: KeyStore,
  ) {}

  /** Whether secrets outlive this process. */
  keeps(): Promise<boolean> {
    return this.keyStore.isAvailable()
  }

  /** The ids of the servers that have one. @throws EmendError where the file is damaged, as all of these do. */
  async ids(): Promise<ReadonlySet<string>> {
    const kept = (await this.keeps()) ? Object.keys(await this.read()) : []
    return new Set([...kept, ...this.remembered.keys()])
  }

  /** Null where there is none, or where the key store can no longer read it: a copied file, another user. */
  async get(id: string): Promise<string | null> {
    const known = this.remembered.get(id)
    if (known !== undefined) return known
    if (!(await this.keeps())) return null
    const sealed = (await this.read())[id]
    if (sealed === undefined) return null
    return this.keyStore.decrypt(Buffer.from(sealed, 'base64')).catch(() => null)
  }

  /** Keeps a secret; forgets it where it is empty. */
  async set(id: string, secret: string): Promise<void> {
    if (secret === '') return this.forget(id)
    if (!(await this.keeps())) return void this.remembered.set(id, secret)
    const sealed = Buffer.from(await this.keyStore.encrypt(secret)).toString('base64')
    await this.change((kept) => ({ ...kept, [id]: sealed }))
  }

  async forget(id: string): Promise<void> {
    this.remembered.delete(id)
    await this.change(({ [id]: _forgotten, ...others }) => others)
  }

  /** One change after the other, so that none writes over another. */
  private change(make: (kept: Record<string, string>) => Record<string, string>): Promise<void> {
    const write = async (): Promise<void> => {
      const before = await this.read()
      const after = make(before)
      if (JSON.stringify(after) === JSON.stringify(before)) return
      await mkdir(dirname(this.file), { recursive: true, mode: 0o700 })
      await writeFileAtomic(this.file, `${JSON.stringify(after, null, 2)}\n`)
      await chmod(this.file, 0o600)
    }
    const done = this.turn.then(write, write)
    this.turn = done.catch(() => undefined)
    return done
  }

  /** A file that cannot be read is not taken for an empty one, which would be written over it. */
  private async read(): Promise<Record<string, string>> {
    const text = await readFile(this.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}'
      throw readFault(this.file, error)
    })
    try {
      return v.parse(Kept, JSON.parse(text))
    } catch (error) {
      throw new EmendError(`${this.file} is damaged: it holds no secrets of servers`, {
        hint: 'mend it, or remove it and enter the passwords anew',
        cause: error,
      })
    }
  }
}
