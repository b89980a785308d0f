import { NVMesh } from '@niivue/niivue'
import type { TriangleSurface } from '../../shared/voxels/surfaceNets'
import type { TiledNiivue } from './tiledNiivue'

/** Parts from 0 to 1. */
type Colour = readonly [number, number, number]

/** The surfaces of the structures in the 3-D view, by label id. */
export class StructureMeshes {
  private readonly byId = new Map<number, NVMesh>()

  constructor(
    private readonly nv: TiledNiivue,
    private readonly requestDraw: () => void,
  ) {}

  /** Shows a structure's surface, or removes it where it has none any more. */
  set(id: number, surface: TriangleSurface, colour: Colour, visible: boolean): void {
    this.remove(id)
    if (surface.triangles.length === 0) return
    const mesh = new NVMesh(surface.points, surface.triangles, String(id), rgbaOf(colour), 1, visible, this.nv.gl)
    this.byId.set(id, mesh)
    // Not addMesh: it works out the whole volume's gradients again for every mesh.
    this.nv.meshes = [...this.byId.values()]
    this.requestDraw()
  }

  colour(id: number, colour: Colour): void {
    const mesh = this.byId.get(id)
    if (!mesh) return
    mesh.rgba255 = rgbaOf(colour)
    mesh.updateMesh(this.nv.gl)
    this.requestDraw()
  }

  show(id: number, visible: boolean): void {
    const mesh = this.byId.get(id)
    if (mesh) mesh.visible = visible
    this.requestDraw()
  }

  clear(): void {
    for (const id of [...this.byId.keys()]) this.remove(id)
  }

  private remove(id: number): void {
    this.byId.get(id)?.unloadMesh(this.nv.gl)
    this.byId.delete(id)
    this.nv.meshes = [...this.byId.values()]
  }
}

function rgbaOf(colour: Colour): Uint8Array {
  return Uint8Array.from([...colour.map((c) => Math.round(255 * c)), 255])
}
