import { columnOf, type Affine, type Vec3 } from '../../shared/geometry/affine'

/**
 * A small NIfTI-1 file that covers exactly the same millimetres as the CT: NiiVue works out layout, geometry and the 3-D
 * view from it, and never touches the full-size voxels. A step of f voxels moves the origin by (f - 1) / 2 voxels, so that
 * the outer edges of both grids agree.
 */
export function proxyNifti(voxels: Int16Array, dims: Vec3, affine: Affine, factor = 8): ArrayBuffer {
  const small: Vec3 = [0, 1, 2].map((a) => Math.max(1, Math.round(dims[a] / factor))) as unknown as Vec3
  const step: Vec3 = [dims[0] / small[0], dims[1] / small[1], dims[2] / small[2]]
  const data = new Int16Array(small[0] * small[1] * small[2])
  const nearest = (axis: 0 | 1 | 2): Uint32Array =>
    Uint32Array.from({ length: small[axis] }, (_, n) => Math.min(dims[axis] - 1, Math.floor((n + 0.5) * step[axis])))
  const [is, js, ks] = [nearest(0), nearest(1), nearest(2)]
  let out = 0
  for (const k of ks) {
    for (const j of js) {
      const row = dims[0] * (j + dims[1] * k)
      for (const i of is) data[out++] = voxels[row + i]
    }
  }

  const headerBytes = 352
  const file = new ArrayBuffer(headerBytes + data.byteLength)
  const view = new DataView(file)
  view.setInt32(0, 348, true)
  const dim = [3, small[0], small[1], small[2], 1, 1, 1, 1]
  dim.forEach((value, n) => view.setInt16(40 + 2 * n, value, true))
  view.setInt16(70, 4, true) // datatype int16
  view.setInt16(72, 16, true) // bits per voxel
  const columns = ([0, 1, 2] as const).map((axis) => columnOf(affine, axis))
  view.setFloat32(76, 1, true)
  columns.forEach((column, axis) => view.setFloat32(80 + 4 * axis, Math.hypot(...column) * step[axis], true))
  view.setFloat32(108, headerBytes, true)
  view.setFloat32(112, 1, true) // slope
  view.setInt8(123, 2) // millimetres
  view.setInt16(254, 1, true) // the sform holds
  for (let row = 0; row < 3; row++) {
    let origin = affine[row][3]
    columns.forEach((column, axis) => {
      view.setFloat32(280 + 16 * row + 4 * axis, column[row] * step[axis], true)
      origin += (column[row] * (step[axis] - 1)) / 2
    })
    view.setFloat32(280 + 16 * row + 12, origin, true)
  }
  ;[0x6e, 0x2b, 0x31, 0].forEach((byte, n) => view.setUint8(344 + n, byte)) // 'n+1\0'
  new Int16Array(file, headerBytes).set(data)
  return file
}
