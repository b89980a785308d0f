import { EmendError } from '../../shared/errors'
import { readImages, type ReadOptions } from '../imaging/import/readImages'
import type { ImportedVolume } from '../imaging/import/result'
import { spacing } from '../imaging/volume'
import type { Terminal } from './terminal'

/**
 * The one image in a file, folder or archive.
 * @param series its id, where there are several
 * @throws EmendError where there is none, several and no `series`, or none of that id; the message lists them.
 */
export async function readImage(
  path: string,
  series: string | undefined,
  terminal: Terminal,
  options: ReadOptions = {},
): Promise<ImportedVolume> {
  const { volumes } = await readImages([path], terminal.work(), options)
  const list = volumes.map(describeVolume).join('; ')
  if (series !== undefined) {
    const found = volumes.find(({ id }) => id === series)
    if (!found) throw new EmendError(`${path} holds no series '${series}'`, { hint: `it holds ${list}` })
    return found
  }
  if (volumes.length > 1) {
    throw new EmendError(`${path} holds ${volumes.length} images`, { hint: `name one with --series: ${list}` })
  }
  return volumes[0]
}

function describeVolume({ id, description, volume }: ImportedVolume): string {
  const mm = spacing(volume).map((size) => Number(size.toFixed(2)))
  return `${id} (${description}, ${volume.dims.join('x')}, ${mm.join('x')} mm)`
}
