import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { KeyStore } from '../../../src/main/pacs/secrets'
import { Servers } from '../../../src/main/pacs/servers'
import type { ServerDraft } from '../../../src/shared/archive'
import { temporaryFolder } from '../../temporaryFolder'

/** As the system's: reversible by itself alone, and unreadable. */
const keyStore: KeyStore = {
  isAvailable: async () => true,
  encrypt: async (text) => Buffer.from(text).map((byte) => byte ^ 0xa5),
  decrypt: async (bytes) => Buffer.from(bytes.map((byte) => byte ^ 0xa5)).toString(),
}

const draft = (change: Partial<ServerDraft> = {}): ServerDraft => ({
  id: null,
  name: 'Orthanc',
  endpoint: { protocol: 'dicomweb', url: 'https://pacs.example/dicom-web', auth: 'basic', user: 'reader' },
  ...change,
})

describe('the list of servers', () => {
  it('is empty at first, and keeps what is saved', async () => {
    const folder = temporaryFolder()
    expect(await new Servers(folder, keyStore).list()).toEqual({ servers: [], keepsSecrets: true })
    const { servers } = await new Servers(folder, keyStore).save(draft({ secret: 'geheim' }))
    expect(servers).toEqual([{ ...draft(), id: expect.any(String), hasSecret: true }])
    expect((await new Servers(folder, keyStore).list()).servers).toEqual(servers)
    expect((await new Servers(folder, keyStore).open('Orthanc')).secret).toBe('geheim')
    await expect(new Servers(folder, keyStore).open('Other')).rejects.toThrow('there is no server Other')
  })

  it('holds no secret in the clear, in files that only the user reads', async () => {
    const folder = temporaryFolder()
    await new Servers(folder, keyStore).save(draft({ secret: 'geheim' }))
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'utf8')
      expect(text).not.toContain('geheim')
      expect(text).not.toContain(Buffer.from('geheim').toString('base64'))
    }
    if (process.platform !== 'win32') expect(statSync(join(folder, 'secrets.json')).mode & 0o077).toBe(0)
  })

  it('keeps secrets in memory only where the system has no key store', async () => {
    const folder = temporaryFolder()
    const servers = new Servers(folder)
    const list = await servers.save(draft({ secret: 'geheim' }))
    expect(list).toMatchObject({ keepsSecrets: false, servers: [{ hasSecret: true }] })
    expect((await servers.open('Orthanc')).secret).toBe('geheim')
    expect(readdirSync(folder)).toEqual(['servers.json'])
    expect((await new Servers(folder).list()).servers[0].hasSecret).toBe(false)
  })

  it('keeps a secret with its server, until that is another machine', async () => {
    const servers = new Servers(temporaryFolder(), keyStore)
    const [{ id }] = (await servers.save(draft({ secret: 'geheim' }))).servers
    const moved = { ...draft().endpoint, url: 'https://pacs.example/other' } as const
    await servers.save(draft({ id, name: 'Renamed', endpoint: moved }))
    expect((await servers.open(id)).secret).toBe('geheim')
    const elsewhere = { ...draft().endpoint, url: 'https://evil.example/dicom-web' } as const
    expect((await servers.openDraft(draft({ id, endpoint: elsewhere }))).secret).toBeNull()
    expect((await servers.openDraft(draft({ id }))).secret).toBe('geheim')
    await servers.save(draft({ id, endpoint: elsewhere }))
    expect((await servers.open(id)).secret).toBeNull()
  })

  it('forgets a secret that is emptied and a server that is removed', async () => {
    const folder = temporaryFolder()
    const servers = new Servers(folder, keyStore)
    const [{ id }] = (await servers.save(draft({ secret: 'geheim' }))).servers
    expect((await servers.save(draft({ id, secret: '' }))).servers[0].hasSecret).toBe(false)
    await servers.save(draft({ id, secret: 'again' }))
    expect((await servers.remove(id)).servers).toEqual([])
    expect(readFileSync(join(folder, 'secrets.json'), 'utf8')).not.toContain(id)
  })

  it('takes no name twice, and says so where the file is damaged', async () => {
    const folder = temporaryFolder()
    const servers = new Servers(folder, keyStore)
    await servers.save(draft())
    await expect(servers.save(draft())).rejects.toThrow('there is a server Orthanc already')
    await expect(servers.save(draft({ id: 'gone', name: 'x' }))).rejects.toThrow('no longer in the list')
    writeFileSync(join(folder, 'servers.json'), '{')
    await expect(servers.list()).rejects.toThrow('is damaged')
  })

  it('never has an address with a secret that is another’s, whenever it is killed', async () => {
    const folder = temporaryFolder()
    const [{ id }] = (await new Servers(folder, keyStore).save(draft({ secret: 'geheim' }))).servers
    const elsewhere = { ...draft().endpoint, url: 'https://new.example/dicom-web' } as const
    const killed: KeyStore = { ...keyStore, encrypt: () => Promise.reject(new Error('killed')) }
    await expect(new Servers(folder, killed).save(draft({ id, endpoint: elsewhere, secret: 'new' }))).rejects.toThrow()
    const { server, secret } = await new Servers(folder, keyStore).open(id)
    expect({ endpoint: server.endpoint, secret }).toEqual({ endpoint: elsewhere, secret: null })
  })

  it('keeps a damaged file of secrets as it is, and says so', async () => {
    const folder = temporaryFolder()
    const servers = new Servers(folder, keyStore)
    await servers.save(draft({ secret: 'geheim' }))
    const file = join(folder, 'secrets.json')
    const half = readFileSync(file, 'utf8').slice(0, -4)
    writeFileSync(file, half)
    await expect(servers.save(draft({ name: 'Other', secret: 'new' }))).rejects.toThrow(/secrets\.json is damaged/)
    await expect(servers.list()).rejects.toThrow(/secrets\.json is damaged/)
    expect(readFileSync(file, 'utf8')).toBe(half)
    // Nothing was half saved, so that it can be saved once the file is mended.
    expect(readFileSync(join(folder, 'servers.json'), 'utf8')).not.toContain('Other')
  })

  it('does not fail where the key store can no longer read a secret', async () => {
    const folder = temporaryFolder()
    await new Servers(folder, keyStore).save(draft({ secret: 'geheim' }))
    const other: KeyStore = { ...keyStore, decrypt: () => Promise.reject(new Error('not yours')) }
    expect((await new Servers(folder, other).open('Orthanc')).secret).toBeNull()
  })
})
