import { strToU8, zipSync } from 'fflate'
import { EmendError } from '../../../shared/errors'
import { NOT_FOR_CLINICAL_USE, type LabelledImage, type LabelledStructure } from '../labelledImage'
import { labelSurface } from './labelSurface'
import { encodeObj, encodePly, encodeStl, type Mesh } from './meshFormats'

const encoders = { stl: encodeStl, obj: encodeObj, ply: encodePly } as const
export type MeshFormat = keyof typeof encoders

/**
 * The surfaces of all structures that have voxels, a file each, in one zip archive with `meshes.json`, which says names,
 * colours, codes and the space (LPS, mm).
 * @throws EmendError where every structure is empty
 */
export function encodeMeshes(labelled: LabelledImage, format: MeshFormat): Uint8Array {
  const made = meshesOf(labelled, format)
  const index = {
    format: 'emend-meshes/1',
    note: NOT_FOR_CLINICAL_USE,
    space: 'LPS',
    unit: 'mm',
    provenance: { ...labelled.provenance, when: labelled.provenance.when.toISOString() },
    meshes: made.map(({ file, structure: { name, label, color, type, modifier, status } }) => {
      return { file, name, title: label, color, type, modifier, status }
    }),
  }
  const files = Object.fromEntries(made.map(({ file, bytes }) => [file, bytes]))
  return zipSync({ ...files, 'meshes.json': strToU8(`${JSON.stringify(index, null, 2)}\n`) }, { level: 6 })
}

/** The surface of the one structure that has voxels. @throws EmendError where that is none or several */
export function encodeOneMesh(labelled: LabelledImage, format: MeshFormat): Uint8Array {
  const made = meshesOf(labelled, format)
  if (made.length > 1) {
    throw new EmendError(`a ${format.toUpperCase()} file holds one structure, and ${made.length} have voxels`, {
      hint: 'write a .zip, or name one structure',
    })
  }
  return made[0].bytes
}

function meshesOf(
  { labels, structures, provenance }: LabelledImage,
  format: MeshFormat,
): { file: string; structure: LabelledStructure; bytes: Uint8Array }[] {
  const made = structures.flatMap((structure) => {
    const surface = labelSurface(labels, structure.id)
    if (surface.triangles.length === 0) return []
    const comment = `${structure.label}, mm, Emend ${provenance.model ?? 'by hand'}. ${NOT_FOR_CLINICAL_USE}.`
    const mesh: Mesh = { name: structure.name, color: structure.color, surface, comment }
    return [{ file: `${structure.name}.${format}`, structure, bytes: encoders[format](mesh) }]
  })
  if (made.length === 0) throw new EmendError('there is no surface to write: every structure is empty')
  return made
}
