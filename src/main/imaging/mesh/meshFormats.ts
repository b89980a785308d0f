import type { TriangleSurface } from '../../../shared/voxels/surfaceNets'

/** Surfaces in LPS mm as files that other programs read; what is said of them goes into the header. */

export interface Mesh {
  readonly name: string
  /** '#rrggbb' */
  readonly color: string
  readonly surface: TriangleSurface
  /** One line, without a line break. */
  readonly comment: string
}

/** Binary STL: 80 bytes of text, the number of triangles, then each with its normal; all little endian. */
export function encodeStl({ surface: { points, triangles }, comment }: Mesh): Uint8Array {
  const count = triangles.length / 3
  const bytes = new Uint8Array(84 + 50 * count)
  // Slicer looks for SPACE=LPS in the header and would take RAS only if that said so.
  bytes.set(new TextEncoder().encode(`SPACE=LPS; ${comment}`).subarray(0, 80))
  const view = new DataView(bytes.buffer)
  view.setUint32(80, count, true)
  for (let n = 0, at = 84; n < count; n++, at += 50) {
    const corners = [0, 1, 2].map((c) => 3 * triangles[3 * n + c])
    const normal = normalOf(points, corners)
    normal.forEach((value, axis) => view.setFloat32(at + 4 * axis, value, true))
    corners.forEach((point, c) => {
      for (let axis = 0; axis < 3; axis++) view.setFloat32(at + 12 + 12 * c + 4 * axis, points[point + axis], true)
    })
  }
  return bytes
}

function normalOf(points: Float32Array, [a, b, c]: readonly number[]): number[] {
  const side = (to: number): number[] => [0, 1, 2].map((axis) => points[to + axis] - points[a + axis])
  const [u, v] = [side(b), side(c)]
  const normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
  const length = Math.hypot(...normal) || 1
  return normal.map((value) => value / length)
}

/** Wavefront OBJ: points to a micrometre, with the colour behind each as MeshLab and Blender read it. */
export function encodeObj({ name, color, surface: { points, triangles }, comment }: Mesh): Uint8Array {
  const shade = channels(color)
    .map((value) => (value / 255).toFixed(3))
    .join(' ')
  const lines = [`# SPACE=LPS`, `# ${comment}`, `o ${name}`]
  for (let p = 0; p < points.length; p += 3) {
    lines.push(`v ${[0, 1, 2].map((axis) => points[p + axis].toFixed(3)).join(' ')} ${shade}`)
  }
  for (let t = 0; t < triangles.length; t += 3) {
    lines.push(`f ${triangles[t] + 1} ${triangles[t + 1] + 1} ${triangles[t + 2] + 1}`)
  }
  return new TextEncoder().encode(`${lines.join('\n')}\n`)
}

/** Binary PLY, little endian, with a colour at every point. */
export function encodePly({ color, surface: { points, triangles }, comment }: Mesh): Uint8Array {
  const [pointCount, count] = [points.length / 3, triangles.length / 3]
  const header = new TextEncoder().encode(
    [
      'ply',
      'format binary_little_endian 1.0',
      'comment SPACE=LPS',
      `comment ${comment}`,
      `element vertex ${pointCount}`,
      ...['x', 'y', 'z'].map((axis) => `property float ${axis}`),
      ...['red', 'green', 'blue'].map((channel) => `property uchar ${channel}`),
      `element face ${count}`,
      'property list uchar int vertex_indices',
      'end_header\n',
    ].join('\n'),
  )
  const bytes = new Uint8Array(header.length + 15 * pointCount + 13 * count)
  bytes.set(header)
  const view = new DataView(bytes.buffer)
  const shade = channels(color)
  let at = header.length
  for (let p = 0; p < points.length; p += 3, at += 15) {
    for (let axis = 0; axis < 3; axis++) view.setFloat32(at + 4 * axis, points[p + axis], true)
    bytes.set(shade, at + 12)
  }
  for (let t = 0; t < triangles.length; t += 3, at += 13) {
    bytes[at] = 3
    for (let c = 0; c < 3; c++) view.setInt32(at + 1 + 4 * c, triangles[t + c], true)
  }
  return bytes
}

function channels(color: string): number[] {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))
}
