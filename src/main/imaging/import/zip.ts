import { entriesOf, looksLikeZip } from './archive'
import { isLeftover } from './folder'
import type { Handler } from './handler'
import { START_LENGTH, type Source } from './source'

/** A zip archive: its entries. The packed bytes stay in memory, each entry is unpacked when it is read. */
export const zip: Handler = async (source, start) => {
  if (!looksLikeZip(start)) return null
  const entries = entriesOf(await source.read(), source.name).filter(({ name }) => !name.split('/').some(isLeftover))
  const sources = entries.map((entry): Source => ({
    name: `${source.name}/${entry.name}`,
    read: () => Promise.resolve().then(entry.read),
    start: () => Promise.resolve().then(() => entry.start(START_LENGTH)),
  }))
  return { kind: 'sources', sources }
}
