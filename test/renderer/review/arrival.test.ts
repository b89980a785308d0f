import { describe, expect, it } from 'vitest'
import { arrivalOf, type Piece } from '../../../src/renderer/review/arrival'

const piece = (at: number): Piece => ({ at, bytes: Uint8Array.of(at) })

async function taken(pieces: AsyncIterable<Piece>): Promise<number[]> {
  const places: number[] = []
  for await (const { at } of pieces) places.push(at)
  return places
}

describe('a volume on its way', () => {
  it('is told of piece by piece, those that came before anybody asked too, and is whole in the end', async () => {
    const { pieces, whole } = arrivalOf(async (tell) => {
      tell(piece(0))
      await Promise.resolve()
      tell(piece(1))
      return 'all of it'
    })
    expect(await whole).toBe('all of it')
    expect(await taken(pieces)).toEqual([0, 1])
  })

  it('fails in both ways where it fails', async () => {
    const { pieces, whole } = arrivalOf<string>(async (tell) => {
      tell(piece(0))
      throw new Error('the file is damaged')
    })
    await expect(whole).rejects.toThrow('damaged')
    await expect(taken(pieces)).rejects.toThrow('damaged')
  })

  it('comes whole where nobody wants its pieces any more', async () => {
    let goOn = (): void => undefined
    const { pieces, whole } = arrivalOf(async (tell) => {
      tell(piece(0))
      await new Promise<void>((resolve) => (goOn = resolve))
      tell(piece(1))
      return 'all of it'
    })
    for await (const { at } of pieces) if (at === 0) break
    goOn()
    expect(await whole).toBe('all of it')
  })
})
