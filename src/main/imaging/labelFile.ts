import { EmendError } from '../../shared/errors'
import { loadNifti } from './nifti'
import type { LabelMap } from './volume'

/**
 * Reads a label map from a NIfTI file, whatever number type it is stored as.
 * @throws EmendError where it cannot be read, or holds anything but whole numbers from 0 to 255.
 */
export async function loadLabelMap(path: string): Promise<LabelMap> {
  const { volume } = await loadNifti(path)
  if (volume.data instanceof Uint8Array) return { ...volume, data: volume.data }
  const data = new Uint8Array(volume.data.length)
  for (let n = 0; n < data.length; n++) {
    data[n] = volume.data[n]
    if (data[n] !== volume.data[n]) {
      throw new EmendError(`${path} is not a label map: it holds the value ${volume.data[n]}`, {
        hint: 'labels are whole numbers from 0 to 255',
      })
    }
  }
  return { ...volume, data }
}
