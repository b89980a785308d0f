import { describe, expect, it } from 'vitest'
import { affinesAgree } from '../../../src/shared/geometry/affine'
import { reorient } from '../../../src/main/imaging/canonical'
import { orientation, spacing } from '../../../src/main/imaging/volume'
import { parseManifest } from '../../../src/main/segmentation/model'
import { preprocess, scaleIntensities } from '../../../src/main/segmentation/preprocess'
import { manifest, scene } from './scene'

const { image } = scene([60, 50, 40], [3, 3, 5])
const base = manifest()['preprocess'] as object
const native = {
  ...base,
  grid: { kind: 'native' },
  intensity: { kind: 'linear', clamp: [null, null], offset: 0, scale: 1 },
}
const parsed = (changes: Record<string, unknown>) => parseManifest(manifest(changes), 'test')

describe('preprocess', () => {
  it('gives a network with axes kji the volume turned to its codes', () => {
    const { image: seen } = preprocess(image, parsed({ preprocess: { ...native, orientation: 'LAI' } }))
    expect(orientation(seen)).toBe('LAI')
    expect(seen.data).toEqual(Float32Array.from(reorient(image, 'LAI').data))
  })

  it('gives a network with axes ijk the same array with its last axis fastest', () => {
    const how = { preprocess: { ...native, orientation: 'LAI' }, input: { name: 'image', axes: 'ijk' } }
    const { image: seen } = preprocess(image, parsed(how))
    const turned = reorient(image, 'LAI')
    const [ni, nj, nk] = turned.dims
    expect(seen.dims).toEqual([nk, nj, ni])
    for (const [i, j, k] of [
      [7, 11, 13],
      [59, 0, 39],
      [0, 49, 20],
    ]) {
      expect(seen.data[k + nk * (j + nj * i)]).toBe(turned.data[i + ni * (j + nj * k)])
    }
  })

  it('resamples to the manifest’s spacing by its own axes, whatever way the image is stored', () => {
    const how = parsed({ preprocess: { ...base, orientation: 'SAR', grid: { kind: 'spacing', mm: [10, 6, 4] } } })
    const { image: seen, gridOnInput } = preprocess(reorient(image, 'PIL'), how)
    expect(orientation(seen)).toBe('SAR')
    expect(spacing(seen).map((mm) => Math.round(mm))).toEqual([10, 6, 4])
    expect(orientation(gridOnInput)).toBe('PIL')
    expect(
      affinesAgree(reorient({ ...gridOnInput, data: new Uint8Array(seen.data.length) }, 'SAR').affine, seen.affine),
    ).toBe(true)
  })

  it('cuts to the body, each side trimmed by the model’s own axes', () => {
    const crop = {
      thresholdHu: -300,
      from: 'middle-slice',
      axes: [true, true, false],
      trim: [
        [0, 0],
        [0.25, 0],
        [0, 0],
      ],
    }
    const wide = preprocess(
      image,
      parsed({
        preprocess: {
          ...native,
          bodyCrop: {
            ...crop,
            trim: [
              [0, 0],
              [0, 0],
              [0, 0],
            ],
          },
        },
      }),
    ).image
    // The body is an ellipse of 0.8 by 0.7 of the image.
    expect(wide.dims[0]).toBeCloseTo(48, -0.5)
    expect(wide.dims[1]).toBeCloseTo(35, -0.5)
    expect(wide.dims[2]).toBe(40)
    const anterior = preprocess(image, parsed({ preprocess: { ...native, bodyCrop: crop } })).image
    const posterior = preprocess(image, parsed({ preprocess: { ...native, orientation: 'LPI', bodyCrop: crop } })).image
    expect(anterior.dims[1]).toBe(wide.dims[1] - Math.round(wide.dims[1] / 4))
    // To the anterior the low end is the back; to the posterior it is the front, which is then cut instead.
    expect(anterior.affine[1][3]).toBeGreaterThan(wide.affine[1][3] + 20)
    const back = reorient(posterior, 'RAS')
    expect(back.affine[1][3]).toBeCloseTo(wide.affine[1][3], 3)
  })

  it('clamps, shifts and scales, or standardises', () => {
    const values = Float32Array.of(-5000, -100, 0, 100, 5000)
    const linear = values.slice()
    scaleIntensities(linear, { kind: 'linear', clamp: [-1024, null], offset: 1024, scale: 1 / 1024 })
    expect([...linear]).toEqual([0, 924 / 1024, 1, 1124 / 1024, 6024 / 1024].map(Math.fround))
    const standard = values.slice()
    scaleIntensities(standard, { kind: 'z-score', clamp: [-100, 100] })
    const mean = standard.reduce((a, b) => a + b) / 5
    expect(mean).toBeCloseTo(0, 6)
    expect(standard.reduce((a, b) => a + b * b, 0) / 5).toBeCloseTo(1, 5)
    const flat = Float32Array.of(7, 7)
    scaleIntensities(flat, { kind: 'z-score', clamp: [null, null] })
    expect([...flat]).toEqual([0, 0])
  })
})
