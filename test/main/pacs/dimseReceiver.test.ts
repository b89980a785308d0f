import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DimseArchive } from '../../../src/main/pacs/dimse'
import { loadDimse } from '../../../src/main/pacs/dimseLibrary'
import { openReceiver } from '../../../src/main/pacs/dimseReceiver'
import { InstanceFiles } from '../../../src/main/pacs/instanceFiles'
import type { DimseEndpoint } from '../../../src/shared/archive'
import { unwatched } from '../../../src/shared/progress'
import { freePort } from './orthanc'
import { makeSeries, type MadeSeries } from './studies'

const asked = makeSeries('asked', 3)
const instances = [...asked.files.values()]

/** An open receiver for `series` from an archive at `host`, and whoever sends to it under a title of their choice. */
async function receiving(host: string, { studyUid, seriesUid }: Pick<MadeSeries, 'studyUid' | 'seriesUid'> = asked) {
  const folder = mkdtempSync(join(tmpdir(), 'emend-receiver-'))
  const endpoint: DimseEndpoint = {
    protocol: 'dimse',
    host,
    port: 104,
    calledAet: 'ARCHIVE',
    callingAet: 'EMEND',
    receivePort: await freePort(),
  }
  const files = new InstanceFiles(folder)
  const receiver = await openReceiver(await loadDimse(), endpoint, { studyUid, seriesUid }, files, () => undefined)
  onTestFinished(async () => {
    await receiver.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const senderAs = (callingAet: string): DimseArchive =>
    new DimseArchive('Emend', {
      ...endpoint,
      host: '127.0.0.1',
      port: endpoint.receivePort,
      calledAet: 'EMEND',
      callingAet,
    })
  return { folder, files, senderAs, port: endpoint.receivePort }
}

const ELSEWHERE = '192.0.2.7'

describe('the port to which an archive sends', () => {
  it('takes the asked series from the archive’s address, whatever it calls itself there', async () => {
    const { files, folder, senderAs } = await receiving('127.0.0.1')
    expect(await senderAs('ITS_GATEWAY').store(instances, unwatched)).toMatchObject({ stored: 3, failures: [] })
    expect([...files.paths.keys()].sort()).toEqual([...asked.files.keys()].sort())
    for (const name of readdirSync(folder)) {
      expect(name).toMatch(/^\d{6}\.dcm$/)
      if (process.platform !== 'win32') expect(statSync(join(folder, name)).mode & 0o077).toBe(0)
    }
  })

  it('takes it from another node of the archive, which calls itself as the archive does', async () => {
    const { senderAs } = await receiving(ELSEWHERE)
    expect(await senderAs('ARCHIVE').store(instances, unwatched)).toMatchObject({ stored: 3, failures: [] })
  })

  it('turns away who neither is at the archive’s address nor called as it is', async () => {
    const { folder, senderAs } = await receiving(ELSEWHERE)
    await expect(senderAs('STRANGER').store(instances, unwatched)).rejects.toThrow('it does not know us as STRANGER')
    expect(readdirSync(folder)).toEqual([])
  })

  it.each(['studyUid', 'seriesUid'])('keeps nothing of another %s', async (uid) => {
    const { files, folder, senderAs } = await receiving('127.0.0.1', { ...asked, [uid]: '1.2.3' })
    expect(await senderAs('ARCHIVE').store(instances, unwatched)).toMatchObject({ stored: 0 })
    expect(files.paths.size).toBe(0)
    expect(readdirSync(folder)).toEqual([])
  })

  it('hangs up on who says more than it takes to ask, and does not ask', async () => {
    const { port } = await receiving('127.0.0.1')
    const socket = connect(port, '127.0.0.1')
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()).on('error', () => resolve()))
    // An association request that says of itself that it is 4 GB long.
    socket.write(Buffer.from([1, 0, 0xff, 0xff, 0xff, 0xff]))
    socket.write(Buffer.alloc(1 << 22))
    await closed
  })
})
