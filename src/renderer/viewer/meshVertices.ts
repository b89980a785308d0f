import type { TriangleSurface } from '../../shared/voxels/surfaceNets'

/** Numbers a vertex: the point, its normal, its colour. */
const stride = 5

/**
 * What a mesh sends to the graphics card, a vertex after the other, as NiiVue lays it out: the point as three floats, its
 * normal in the bytes of a fourth (signed, 127 for 1), and room for RGBA in those of a fifth. A point's normal is that of the
 * triangles around it, weighed by their areas, and points into the surface, as NiiVue's do.
 */
export function meshVertices({ points, triangles }: TriangleSurface): Float32Array<ArrayBuffer> {
  const normals = new Float32Array(points.length)
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]]
    const [qx, qy, qz] = [points[b] - points[a], points[b + 1] - points[a + 1], points[b + 2] - points[a + 2]]
    const [px, py, pz] = [points[c] - points[a], points[c + 1] - points[a + 1], points[c + 2] - points[a + 2]]
    const x = py * qz - pz * qy
    const y = pz * qx - px * qz
    const z = px * qy - py * qx
    for (const p of [a, b, c]) {
      normals[p] -= x
      normals[p + 1] -= y
      normals[p + 2] -= z
    }
  }
  const count = points.length / 3
  const vertices = new Float32Array(stride * count)
  const bytes = new Int8Array(vertices.buffer)
  for (let n = 0; n < count; n++) {
    const p = 3 * n
    const length = Math.hypot(normals[p], normals[p + 1], normals[p + 2]) || 1
    for (let axis = 0; axis < 3; axis++) {
      vertices[stride * n + axis] = points[p + axis]
      bytes[4 * (stride * n + 3) + axis] = (127 * normals[p + axis]) / length
    }
  }
  return vertices
}

/** Colours all vertices, in place. */
export function colourVertices(vertices: Float32Array, rgba: Uint8Array): void {
  const colour = new Uint32Array(Uint8Array.from(rgba).buffer)[0]
  const words = new Uint32Array(vertices.buffer, vertices.byteOffset, vertices.length)
  for (let n = stride - 1; n < words.length; n += stride) words[n] = colour
}
