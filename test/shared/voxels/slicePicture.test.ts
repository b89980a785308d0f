import { expect, it } from 'vitest'
import { slicePicture } from '../../../src/shared/voxels/slicePicture'

/** 4x3x2 voxels of 2x2x4 mm: bright where i = 3, j = 2, k = 1 meet, the right front top corner. */
const source = {
  dims: [4, 3, 2] as const,
  spacing: [2, 2, 4] as const,
  image: Int16Array.from({ length: 24 }, (_, n) => (n === 23 ? 240 : -160)),
  labels: Uint8Array.from({ length: 24 }, (_, n) => (n === 12 ? 5 : 0)),
}

const grayAt = (picture: { width: number; rgba: Uint8ClampedArray }, u: number, v: number): number =>
  picture.rgba[(v * picture.width + u) * 4]

it("shows the patient's right on the left and the front at the top of an axial slice", () => {
  const picture = slicePicture(source, 'axial', 1)
  expect([picture.width, picture.height]).toEqual([4, 3])
  expect(grayAt(picture, 0, 0)).toBe(255)
  expect(grayAt(picture, 3, 2)).toBe(0)
})

it('shows the head at the top of coronal and sagittal slices, with square pixels', () => {
  const coronal = slicePicture(source, 'coronal', 2)
  expect([coronal.width, coronal.height]).toEqual([4, 4])
  expect(grayAt(coronal, 0, 0)).toBe(255)
  expect(grayAt(coronal, 0, 3)).toBe(0)
  const sagittal = slicePicture(source, 'sagittal', 3)
  expect([sagittal.width, sagittal.height]).toEqual([3, 4])
  expect(grayAt(sagittal, 0, 0)).toBe(255)
})

it('windows: what lies at the level is half bright', () => {
  const level = { ...source, image: new Int16Array(24).fill(40) }
  expect(grayAt(slicePicture(level, 'axial', 0), 1, 1)).toBeCloseTo(127.5, -1)
  expect(grayAt(slicePicture(level, 'axial', 0, { width: 100, level: -10 }), 1, 1)).toBe(255)
})

it('lays a label in its colour over the image, its outline full', () => {
  // Label 5 lies at i = 0, j = 0, k = 1: left, back.
  const picture = slicePicture(source, 'axial', 1, { colors: new Map([[5, '#ff8000']]) })
  const at = (2 * picture.width + 3) * 4
  expect([...picture.rgba.subarray(at, at + 4)]).toEqual([255, 128, 0, 255])
})
