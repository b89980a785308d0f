import { schemaNamed } from '../../shared/labels/builtin'
import { structureNamed } from '../../shared/labels/schema'

/** Voxel values of the structures that a phantom has: the schema flare23. */
export const phantomSchema = schemaNamed('flare23')

export function idOf(structure: string): number {
  return structureNamed(phantomSchema, structure).id
}
