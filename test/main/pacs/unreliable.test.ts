import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createSocketServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DicomwebArchive } from '../../../src/main/pacs/dicomweb'
import { writeParts } from '../../../src/main/pacs/multipart'
import { noQuery } from '../../../src/shared/archive'
import { unwatched } from '../../../src/shared/progress'
import { command, commandExists } from '../../peers'
import { temporaryFolder } from '../../temporaryFolder'
import { freePort } from './orthanc'
import { makeSeries } from './studies'

/** Archives that fail in every way that archives do. */

type Answering = (request: IncomingMessage, response: ServerResponse) => void

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  onTestFinished(async () => {
    const closed = new Promise((resolve) => void server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  })
  return (server.address() as AddressInfo).port
}

function archiveAt(url: string, patienceMs = 5000, auth: 'none' | 'bearer' = 'none'): DicomwebArchive {
  const endpoint = { protocol: 'dicomweb', url, auth, user: '' } as const
  return new DicomwebArchive('Rude', endpoint, auth === 'none' ? null : 'token', { patienceMs, pauseMs: 1 })
}

async function archiveThat(answers: Answering, patienceMs?: number): Promise<DicomwebArchive> {
  return archiveAt(`http://127.0.0.1:${await listening(createServer(answers))}/dicom-web`, patienceMs)
}

async function failureOf(archive: DicomwebArchive): Promise<string> {
  return archive.findStudies({ ...noQuery, patientName: 'Secret' }, { offset: 0, limit: 10 }, unwatched.signal).then(
    () => 'it did not fail',
    (error: Error) => error.message,
  )
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('Content-Type', 'application/dicom+json').end(JSON.stringify(value))
}

describe('a failing archive is told in one line, without a patient’s name', () => {
  it('that refuses the connection', async () => {
    const port = await freePort()
    expect(await failureOf(archiveAt(`http://127.0.0.1:${port}`))).toBe(
      `Rude: 127.0.0.1:${port} refuses the connection`,
    )
  })

  it('whose host does not exist', async () => {
    expect(await failureOf(archiveAt('http://pacs.invalid:81/x'))).toBe('Rude: there is no host pacs.invalid')
  })

  it.each([
    [401, 'Rude: it does not accept the user and password, or the token (401)'],
    [403, 'Rude: it knows you, but does not allow this (403)'],
    [404, 'Rude: it has no DICOMweb service at this address (404)'],
    [302, 'Rude: it sends us to another address (302)'],
    [500, 'Rude: it failed (500)'],
    [501, 'Rude: it does not offer this (501)'],
  ])('that answers %i', async (status, line) => {
    const archive = await archiveThat((_request, response) => {
      response.writeHead(status, { Location: 'http://127.0.0.1:1/elsewhere' }).end('Patient Secret')
    })
    expect(await failureOf(archive)).toBe(line)
  })

  it.each(['<html>Welcome</html>', '{"error": "no"}', '[1, 2]', '[{"00080020": 5}]'])(
    'that answers %s',
    async (body) => {
      const archive = await archiveThat((_request, response) => response.end(body))
      expect(await failureOf(archive)).toBe('Rude: what answers there is no DICOMweb service')
    },
  )

  it('that does not answer', async () => {
    const archive = await archiveThat(() => undefined, 150)
    expect(await failureOf(archive)).toMatch(/^Rude: 127\.0\.0\.1:\d+ did not answer for 0\.15 s$/)
  })

  it('that falls silent', async () => {
    const archive = await archiveThat((_request, response) => void response.write('[{'), 150)
    expect(await failureOf(archive)).toMatch(/did not answer for/)
  })

  it('that breaks off', async () => {
    const archive = await archiveThat((_request, response) => void response.write('[{', () => response.destroy()))
    expect(await failureOf(archive)).toMatch(/^Rude: 127\.0\.0\.1:\d+ broke off the connection$/)
  })

  it('that speaks something else than HTTP', async () => {
    const port = await listening(createSocketServer((socket) => void socket.end('220 mail ready\r\n')))
    expect(await failureOf(archiveAt(`http://127.0.0.1:${port}`))).toMatch(/does not speak HTTP$/)
  })

  it('that speaks no TLS where https is asked for', async () => {
    const port = await listening(createServer((_request, response) => response.end()))
    expect(await failureOf(archiveAt(`https://127.0.0.1:${port}`))).toMatch(/does not speak TLS$/)
  })

  it.skipIf(!commandExists('openssl'))('whose certificate nobody vouches for', async () => {
    const folder = temporaryFolder()
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const options = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '2']
    command('openssl', 'req', ...options, '-keyout', key, '-out', cert)
    const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => {
      response.end('[]')
    })
    expect(await failureOf(archiveAt(`https://127.0.0.1:${await listening(server)}`))).toMatch(
      /^Rude: its certificate is not trusted \(/,
    )
  })
})

describe('a password', () => {
  it('goes to the address that was entered, and not where that redirects', async () => {
    const heard: string[] = []
    const elsewhere = await listening(
      createServer((request, response) => {
        heard.push(String(request.headers.authorization))
        response.end('[]')
      }),
    )
    const server = createServer((request, response) => {
      heard.push(String(request.headers.authorization))
      response.writeHead(307, { Location: `http://127.0.0.1:${elsewhere}/` }).end()
    })
    const archive = archiveAt(`http://127.0.0.1:${await listening(server)}`, 5000, 'bearer')
    expect(await failureOf(archive)).toContain('another address')
    expect(heard).toEqual(['Bearer token'])
  })
})

describe('a series from an unreliable archive', () => {
  const series = makeSeries('unreliable', 6)
  const uids = [...series.files.keys()]
  const file = (uid: string): Uint8Array => series.files.get(uid)!

  /** Lists six instances; `whole` answers the request for the series, `single` those for one instance. */
  function archiveOf(whole: Answering, single: (uid: string, times: number, response: ServerResponse) => void) {
    const asked = new Map<string, number>()
    return archiveThat((request, response) => {
      const path = new URL(request.url ?? '', 'http://x')
      const uid = /\/instances\/(.+)$/.exec(path.pathname)?.[1]
      if (uid) {
        asked.set(uid, (asked.get(uid) ?? 0) + 1)
        single(uid, asked.get(uid) ?? 0, response)
      } else if (path.pathname.endsWith('/instances')) {
        const listed = path.searchParams.get('offset') === '0' ? uids : []
        json(
          response,
          listed.map((value) => ({ '00080018': { vr: 'UI', Value: [value] } })),
        )
      } else whole(request, response)
    })
  }

  async function send(response: ServerResponse, files: readonly Uint8Array[], cut?: number): Promise<void> {
    const { contentType, body } = writeParts(files)
    const bytes = Buffer.from(await body.arrayBuffer())
    response.setHeader('Content-Type', contentType)
    if (cut === undefined) response.end(bytes)
    else response.write(bytes.subarray(0, cut), () => response.destroy())
  }

  it('comes whole, though the connection broke: what is missing is asked for again', async () => {
    const archive = await archiveOf(
      (_request, response) => void send(response, uids.map(file), 3.5 * file(uids[0]).length),
      (uid, _times, response) => void send(response, [file(uid)]),
    )
    const fetched = await archive.fetchSeries(series, temporaryFolder(), unwatched)
    expect(fetched.paths).toHaveLength(6)
    expect(fetched.retried).toBeGreaterThanOrEqual(3)
    expect(new Set(fetched.paths.map((path) => readFileSync(path).toString('base64')))).toEqual(
      new Set(uids.map((uid) => Buffer.from(file(uid)).toString('base64'))),
    )
  })

  it('comes whole, though the archive leaves out an image, sends one twice and fails twice', async () => {
    const archive = await archiveOf(
      (_request, response) => void send(response, [...uids.slice(1).map(file), file(uids[3])]),
      (uid, times, response) => (times < 3 ? void response.writeHead(503).end() : void send(response, [file(uid)])),
    )
    const fetched = await archive.fetchSeries(series, temporaryFolder(), unwatched)
    expect(fetched).toMatchObject({ retried: 1 })
    expect(fetched.paths).toHaveLength(6)
  })

  it('comes from an old archive, that knows no transfer-syntax=* and sends single images without multipart', async () => {
    const archive = await archiveOf(
      (request, response) =>
        request.headers.accept?.includes('transfer-syntax')
          ? void response.writeHead(406).end('what?')
          : void send(response, uids.slice(0, 5).map(file)),
      (uid, _times, response) => void response.setHeader('Content-Type', 'application/dicom').end(file(uid)),
    )
    expect((await archive.fetchSeries(series, temporaryFolder(), unwatched)).paths).toHaveLength(6)
  })

  it('is asked for by nothing else than UIDs, whatever the archive calls its images', async () => {
    const asked: string[] = []
    const archive = await archiveThat((request, response) => {
      asked.push(request.url ?? '')
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
      if (!pathname.endsWith('/instances')) return void send(response, [file(uids[0])])
      const listed = searchParams.get('offset') === '0' ? [uids[0], '../../../admin?delete=', '1.2/../3', ''] : []
      json(
        response,
        listed.map((value) => ({ '00080018': { vr: 'UI', Value: [value] } })),
      )
    })
    expect((await archive.fetchSeries(series, temporaryFolder(), unwatched)).paths).toHaveLength(1)
    expect(asked.join(' ')).not.toMatch(/admin|\.\./)
  })

  it('ends where an archive gives the same page again and again', async () => {
    const archive = await archiveThat((request, response) => {
      if (!new URL(request.url ?? '', 'http://x').pathname.endsWith('/instances')) {
        return void send(response, uids.map(file))
      }
      json(
        response,
        uids.map((value) => ({ '00080018': { vr: 'UI', Value: [value] } })),
      )
    })
    expect((await archive.fetchSeries(series, temporaryFolder(), unwatched)).paths).toHaveLength(6)
  })

  it('does not come in part', async () => {
    const archive = await archiveOf(
      (_request, response) => void send(response, uids.slice(1).map(file)),
      (_uid, _times, response) => void response.writeHead(404).end(),
    )
    await expect(archive.fetchSeries(series, temporaryFolder(), unwatched)).rejects.toThrow(
      'it has no such image (404)',
    )
  })
})

describe('what is stored', () => {
  const { files } = makeSeries('stored', 3)
  const [first, second] = files.keys()

  it('is told by instance where the archive takes some', async () => {
    const archive = await archiveThat((_request, response) => {
      response.statusCode = 202
      json(response, {
        '00081198': {
          vr: 'SQ',
          Value: [{ '00081155': { vr: 'UI', Value: [first] }, '00081197': { vr: 'US', Value: [0xa700] } }],
        },
        '00081199': {
          vr: 'SQ',
          Value: [{ '00081155': { vr: 'UI', Value: [second] }, '00081196': { vr: 'US', Value: [0xb000] } }],
        },
      })
    })
    expect(await archive.store([...files.values()], unwatched)).toEqual({
      stored: 2,
      failures: [{ sopInstanceUid: first, reason: 'it is out of resources (0xA700)' }],
      warnings: [{ sopInstanceUid: second, reason: 'it changed values (0xB000)' }],
    })
  })

  it('is stored where the archive says so without words', async () => {
    const archive = await archiveThat((request, response) => void request.resume().on('end', () => response.end()))
    expect(await archive.store([...files.values()], unwatched)).toEqual({ stored: 3, failures: [], warnings: [] })
  })
})
