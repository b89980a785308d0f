/** A point, a size or a direction along three axes. */
export type Vec3 = readonly [number, number, number]

type Row = readonly [number, number, number, number]

/**
 * From voxel indices (i, j, k; voxel centres are integers) to millimetres in RAS+: +x to the patient's right,
 * +y to anterior, +z to superior. These are the upper three rows of the 4x4 matrix; the fourth is 0 0 0 1.
 * NIfTI and nibabel use the same convention; DICOM's LPS+ has x and y negated.
 */
export type Affine = readonly [Row, Row, Row]

export const identityAffine: Affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
]

/** The affine whose columns are the three voxel axes in mm, with voxel (0, 0, 0) at `origin` mm. */
export function affineOf(i: Vec3, j: Vec3, k: Vec3, origin: Vec3): Affine {
  return [
    [i[0], j[0], k[0], origin[0]],
    [i[1], j[1], k[1], origin[1]],
    [i[2], j[2], k[2], origin[2]],
  ]
}

/** Column `axis` (0 to 2) of the matrix: the step of one voxel along that axis, in mm. Column 3 is the origin. */
export function columnOf(affine: Affine, axis: 0 | 1 | 2 | 3): Vec3 {
  return [affine[0][axis], affine[1][axis], affine[2][axis]]
}

export function applyAffine(affine: Affine, [i, j, k]: Vec3): Vec3 {
  const at = (row: Row): number => row[0] * i + row[1] * j + row[2] * k + row[3]
  return [at(affine[0]), at(affine[1]), at(affine[2])]
}

/** `outer` after `inner`. */
export function composeAffines(outer: Affine, inner: Affine): Affine {
  const row = (r: Row): Row => {
    const linear = (c: 0 | 1 | 2 | 3): number => r[0] * inner[0][c] + r[1] * inner[1][c] + r[2] * inner[2][c]
    return [linear(0), linear(1), linear(2), linear(3) + r[3]]
  }
  return [row(outer[0]), row(outer[1]), row(outer[2])]
}

export function determinantOf(affine: Affine): number {
  const [[a, b, c], [d, e, f], [g, h, i]] = affine
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
}

/** @throws RangeError where the matrix is singular. */
export function invertAffine(affine: Affine): Affine {
  const [[a, b, c, x], [d, e, f, y], [g, h, i, z]] = affine
  const determinant = determinantOf(affine)
  if (!Number.isFinite(determinant) || Math.abs(determinant) < 1e-12) {
    throw new RangeError('the affine is singular: its voxel axes lie in one plane')
  }
  const s = 1 / determinant
  const rows: [Vec3, Vec3, Vec3] = [
    [(e * i - f * h) * s, (c * h - b * i) * s, (b * f - c * e) * s],
    [(f * g - d * i) * s, (a * i - c * g) * s, (c * d - a * f) * s],
    [(d * h - e * g) * s, (b * g - a * h) * s, (a * e - b * d) * s],
  ]
  const withOrigin = (r: Vec3): Row => [...r, -(r[0] * x + r[1] * y + r[2] * z)]
  return [withOrigin(rows[0]), withOrigin(rows[1]), withOrigin(rows[2])]
}

/** Voxel size along each axis, mm. */
export function spacingOf(affine: Affine): Vec3 {
  const length = (axis: 0 | 1 | 2): number => Math.hypot(...columnOf(affine, axis))
  return [length(0), length(1), length(2)]
}

/** Whether two grids agree to `tolerance` mm in every element of their affines. */
export function affinesAgree(a: Affine, b: Affine, tolerance = 1e-3): boolean {
  return a.every((row, r) => row.every((value, c) => Math.abs(value - b[r][c]) <= tolerance))
}
