import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundaryOf, readParts, writeParts } from '../../../src/main/pacs/multipart'

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length]
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(Uint8Array.from(chunk))
  return Buffer.concat(all)
}

async function readAll(body: string | Uint8Array, boundary: string, sizes = [7]) {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body
  const found: { headers: Record<string, string>; body: string }[] = []
  for await (const part of readParts(inPieces(bytes, sizes), boundary)) {
    found.push({ headers: Object.fromEntries(part.headers), body: (await bytesOf(part.body)).toString('latin1') })
  }
  return found
}

describe('the boundary of a multipart', () => {
  it('is named with and without quotes, wherever it stands', () => {
    expect(boundaryOf('multipart/related; type="application/dicom"; boundary=abc-1')).toBe('abc-1')
    expect(boundaryOf('Multipart/Related;boundary="a b;c";type="application/dicom"')).toBe('a b;c')
  })

  it('is missing where the answer is something else', () => {
    expect(() => boundaryOf('text/html; boundary=x')).toThrow('no parts')
    expect(() => boundaryOf('multipart/related')).toThrow('no parts')
  })
})

describe('readParts', () => {
  it('gives back what was written, whatever the bytes and however they arrive', async () => {
    const piece = fc.array(fc.constantFrom(13, 10, 45, 0, 65, 255), { maxLength: 60 }).map((b) => Uint8Array.from(b))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(piece, fc.uint8Array({ maxLength: 300 })), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
        async (parts, sizes) => {
          const { body, contentType } = writeParts(parts)
          const bytes = new Uint8Array(await body.arrayBuffer())
          const found = await readAll(bytes, boundaryOf(contentType), sizes)
          expect(found.map((part) => part.body)).toEqual(parts.map((part) => Buffer.from(part).toString('latin1')))
          expect(found[0].headers).toEqual({ 'content-type': 'application/dicom' })
        },
      ),
    )
  })

  it('never takes a body that was cut for a whole one', async () => {
    const { body, contentType } = writeParts([Buffer.from('first\r\n--'), Buffer.from('second')])
    const bytes = new Uint8Array(await body.arrayBuffer())
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 5 }), async (length) => {
        await expect(readAll(bytes.subarray(0, length), boundaryOf(contentType))).rejects.toThrow('ends within a part')
      }),
    )
  })

  it('skips what stands before the first boundary and behind the last, and padding of boundary lines', async () => {
    const body = 'hello\r\n--b \t\r\nA: 1\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\nbye'
    expect(await readAll(body, 'b')).toEqual([
      { headers: { a: '1' }, body: 'one' },
      { headers: {}, body: 'two' },
    ])
  })

  it('joins headers that go on in the next line, and knows them by lower-case names', async () => {
    const body = '--b\r\nContent-Type: application/dicom;\r\n  transfer-syntax=1.2\r\nContent-ID: x:y\r\n\r\n\r\n--b--'
    expect((await readAll(body, 'b'))[0].headers).toEqual({
      'content-type': 'application/dicom; transfer-syntax=1.2',
      'content-id': 'x:y',
    })
  })

  it('leaves out what nobody read of a part', async () => {
    const { body, contentType } = writeParts([Buffer.alloc(5000, 1), Buffer.from('second')])
    const parts = readParts(inPieces(new Uint8Array(await body.arrayBuffer()), [64]), boundaryOf(contentType))
    const first = await parts.next()
    for await (const _chunk of first.value.body) break
    const second = await parts.next()
    expect((await bytesOf(second.value.body)).toString()).toBe('second')
    expect((await parts.next()).done).toBe(true)
  })

  it('says so where a part has no headers’ end or the boundary stands in a part', async () => {
    await expect(readAll(`--b\r\n${'x'.repeat(70_000)}`, 'b', [4096])).rejects.toThrow('headers of a part have no end')
    await expect(readAll('--b\r\n\r\none\r\n--bx\r\n\r\n--b--', 'b')).rejects.toThrow('within a part')
    await expect(readAll('--b\r\nno name\r\n\r\none\r\n--b--', 'b')).rejects.toThrow('header without a name')
  })
})
