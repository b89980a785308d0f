import { NVMesh } from '@niivue/niivue'
import { colourVertices } from './meshVertices'
import type { ShownSurface } from './surfaces'
import type { TiledNiivue } from './tiledNiivue'

/** Parts from 0 to 1. */
type Colour = readonly [number, number, number]

/** What a surface's points come to on the graphics card; a mesh asks for it while it is being made. */
const verticesOf = new WeakMap<Float32Array, Float32Array>()

/** NiiVue's mesh, but that it works out no normals in the window: they came with the surface. */
class SurfaceMesh extends NVMesh {
  override generatePosNormClr(points: Float32Array, triangles: Uint32Array, rgba: Uint8Array): Float32Array {
    const vertices = verticesOf.get(points)
    if (!vertices) return super.generatePosNormClr(points, triangles, rgba)
    colourVertices(vertices, rgba)
    return vertices
  }
}

/** The surfaces of the structures in the 3-D view, by label id. */
export class StructureMeshes {
  private readonly byId = new Map<number, NVMesh>()

  constructor(
    private readonly nv: TiledNiivue,
    private readonly requestDraw: () => void,
  ) {}

  /** Shows a structure's surface, or removes it where it has none any more. */
  set(id: number, surface: ShownSurface, colour: Colour, visible: boolean): void {
    this.remove(id)
    if (surface.triangles.length === 0) return
    verticesOf.set(surface.points, surface.vertices)
    const mesh = new SurfaceMesh(surface.points, surface.triangles, String(id), rgbaOf(colour), 1, visible, this.nv.gl)
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
