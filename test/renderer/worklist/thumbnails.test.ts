import { expect, it, vi } from 'vitest'
import { thumbnailOf } from '../../../src/renderer/worklist/thumbnails'
import { detail } from '../review/smallCase'

const row = (id: string) => ({ ...detail().row, id })
const picture = {} as ImageBitmap

it('draws a picture that one row gave up and another still waits for, but none that nobody wants', async () => {
  let drawNext = (): void => undefined
  const turn = new Promise<ImageBitmap>((resolve) => (drawNext = () => resolve(picture)))
  const busy = thumbnailOf(row('first'), new AbortController().signal, () => turn)
  const drawn = vi.fn(async () => picture)
  const [gone, back, passing] = [new AbortController(), new AbortController(), new AbortController()]
  const scrolledAway = thumbnailOf(row('second'), gone.signal, drawn)
  gone.abort()
  const again = thumbnailOf(row('second'), back.signal, drawn)
  const passed = thumbnailOf(row('third'), passing.signal, drawn)
  passing.abort()
  drawNext()
  await busy
  await expect(again).resolves.toBe(picture)
  await expect(scrolledAway).resolves.toBe(picture)
  await expect(passed).rejects.toBe(passing.signal.reason)
  expect(drawn.mock.calls).toHaveLength(1)
})
