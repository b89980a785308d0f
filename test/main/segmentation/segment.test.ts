import { describe, expect, it } from 'vitest'
import type { Progress } from '../../../src/shared/progress'
import { affinesAgree } from '../../../src/shared/geometry/affine'
import { reorient } from '../../../src/main/imaging/canonical'
import { loadModel, type Model } from '../../../src/main/segmentation/model'
import { segment } from '../../../src/main/segmentation/segment'
import { folderWithCoarse, manifest, modelFolder, overlap, scene, thresholdNetwork, withDecoy } from './scene'

const SPLEEN = 3
const { image, ball } = scene([90, 80, 50], [3, 3, 4])

async function model(changes: Record<string, unknown> = {}, network = thresholdNetwork(1.2)): Promise<Model> {
  return loadModel(await modelFolder({ network, manifest: manifest(changes) }))
}

const base = manifest()['preprocess'] as object
const bodyCrop = {
  thresholdHu: -300,
  from: 'middle-slice',
  axes: [true, true, false],
  trim: [
    [0.02, 0.04],
    [0.06, 0.02],
    [0, 0],
  ],
}

describe('segment', () => {
  it.each([
    ['as a whole', {}],
    ['in overlapping windows', { inference: { kind: 'patch', patch: [24, 32, 16], step: 0.5 } }],
    ['in windows larger than the image', { inference: { kind: 'patch', patch: [96, 96, 96], step: 0.5 } }],
    ['at the image’s own grid', { preprocess: { ...base, grid: { kind: 'native' } } }],
    ['at a fixed size', { preprocess: { ...base, grid: { kind: 'size', voxels: [64, 64, 48] } } }],
    ['cropped to the body', { preprocess: { ...base, bodyCrop } }],
    ['cropped to the body in all slices', { preprocess: { ...base, bodyCrop: { ...bodyCrop, from: 'all-slices' } } }],
    ['turned to LAI', { preprocess: { ...base, orientation: 'LAI' } }],
    [
      'turned to PIR with k fastest',
      { preprocess: { ...base, orientation: 'PIR' }, input: { name: 'image', axes: 'ijk' } },
    ],
  ])('finds the ball %s', async (_, changes) => {
    const { labels, report } = await segment(image, await model(changes))
    expect(overlap(labels, ball, SPLEEN, 1)).toBeGreaterThan(0.93)
    expect(labels.dims).toEqual(image.dims)
    expect(labels.affine).toEqual(image.affine)
    expect(report.structures['spleen'].volumeMl).toBeCloseTo((4 / 3) * Math.PI * 27, -1)
  })

  it('finds it with scores that are coarser than the input', async () => {
    const changes = {
      output: { name: 'logits', kind: 'logits', stride: [2, 2, 2] },
      inference: { kind: 'patch', patch: [32, 24, 16], step: 0.6 },
    }
    const { labels, uncertainty, likeliest } = await segment(
      image,
      await model(changes, thresholdNetwork(1.2, 20, 2)),
      {
        uncertainty: true,
      },
    )
    expect(overlap(labels, ball, SPLEEN, 1)).toBeGreaterThan(0.9)
    // 90 x 3 mm at 4 mm are 68 voxels, at 8 mm 34.
    expect(uncertainty?.dims).toEqual([34, 30, 25])
    // The network knows nothing but the spleen and background.
    expect(likeliest?.dims).toEqual([34, 30, 25])
    expect(new Set(likeliest?.data)).toEqual(new Set([SPLEEN]))
  })

  it.each(['LPS', 'RAI', 'SAR', 'ILP'])('gives an image stored as %s the same mask, stored so too', async (codes) => {
    const cropping = await model({ preprocess: { ...base, bodyCrop } })
    const here = await segment(image, cropping)
    const turned = reorient(image, codes)
    const there = await segment(turned, cropping)
    expect(there.labels.affine).toEqual(turned.affine)
    const back = reorient(there.labels, 'RAS')
    expect(affinesAgree(back.affine, image.affine)).toBe(true)
    const differing = back.data.reduce((count, id, n) => count + Number(id !== here.labels.data[n]), 0)
    // Voxels right on the boundary may round either way.
    expect(differing).toBeLessThan(image.data.length * 1e-4)
  })

  it('keeps only the largest component where the manifest asks for it', async () => {
    const speck = { ...image, data: image.data.slice() }
    for (let k = 5; k < 8; k++)
      for (let j = 40; j < 44; j++) speck.data.fill(250, 90 * (j + 80 * k) + 20, 90 * (j + 80 * k) + 24)
    const at = 22 + 90 * (42 + 80 * 6)
    const kept = await segment(speck, await model({ postprocess: { largestComponent: [] } }))
    const single = await segment(speck, await model())
    expect(kept.labels.data[at]).toBe(SPLEEN)
    expect(single.labels.data[at]).toBe(0)
    expect(overlap(single.labels, ball, SPLEEN, 1)).toBeGreaterThan(0.93)
  })

  it('is uncertain at the boundary and certain elsewhere', async () => {
    const { uncertainty, report } = await segment(image, await model({}, thresholdNetwork(1.2, 3)), {
      uncertainty: true,
    })
    const values = uncertainty!.data
    const highest = values.reduce((a, b) => Math.max(a, b))
    expect(highest).toBeGreaterThan(0.9)
    expect(highest).toBeLessThanOrEqual(1)
    // Air: clamped to -2, so the logit is -9.6.
    expect(values[0]).toBeLessThan(0.01)
    expect(report.structures['spleen'].meanUncertainty).toBeGreaterThan(0)
    expect(report.structures['spleen'].meanUncertainty).toBeLessThan(0.9)
  })

  it('reports the model, the times and the memory', async () => {
    const { report } = await segment(image, await model())
    expect(report).toMatchObject({ model: 'threshold@3', device: 'cpu', warnings: [] })
    const { load, preprocess, network, postprocess, total } = report.seconds
    expect(total).toBeCloseTo(load + preprocess + network + postprocess, 6)
    expect(report.peakMemoryMB).toBeGreaterThan(20)
  })

  it('reports its progress, window by window', async () => {
    const seen: Progress[] = []
    const work = { report: (p: Progress) => void seen.push(p), signal: new AbortController().signal }
    await segment(image, await model({ inference: { kind: 'patch', patch: [24, 32, 16], step: 0.5 } }), { work })
    expect([...new Set(seen.map((p) => p.phase))]).toEqual(['preprocessing', 'network', 'restoring'])
    const last = seen.filter((p) => p.phase === 'network').at(-1)!
    expect(last.done).toBe(last.total)
    expect(last.secondsLeft).toBe(0)
    expect(last.total).toBeGreaterThan(10)
  })

  it('stops between two windows when it is cancelled', async () => {
    const controller = new AbortController()
    let windows = 0
    const work = {
      report: (p: Progress) => {
        if (p.phase === 'network' && ++windows === 3) controller.abort()
      },
      signal: controller.signal,
    }
    const running = segment(image, await model({ inference: { kind: 'patch', patch: [24, 32, 16], step: 0.5 } }), {
      work,
    })
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    expect(windows).toBe(3)
  })

  it('finds it in the region that a coarse model points at, and warns where that finds nothing', async () => {
    const coarse = await model({ preprocess: { ...base, grid: { kind: 'spacing', mm: [10, 10, 10] } } })
    const { labels } = await segment(image, await model({ preprocess: { ...base, grid: { kind: 'native' } } }), { coarse }) // prettier-ignore
    expect(overlap(labels, ball, SPLEEN, 1)).toBeGreaterThan(0.97)
    const blind = await model({}, thresholdNetwork(10))
    const { report, labels: whole } = await segment(image, await model(), { coarse: blind })
    expect(report.warnings.join()).toMatch(/threshold@3 found nothing: the whole image was segmented/)
    expect(overlap(whole, ball, SPLEEN, 1)).toBeGreaterThan(0.93)
  })

  it('looks where the coarse model of its own folder points, unless another one is given', async () => {
    const decoyed = withDecoy(image)
    const alone = await model({ postprocess: { largestComponent: [] } })
    expect((await segment(decoyed, alone)).labels.data[0]).toBe(SPLEEN)
    const { labels, report } = await segment(decoyed, await loadModel(await folderWithCoarse()))
    expect(labels.data[0]).toBe(0)
    expect(overlap(labels, ball, SPLEEN, 1)).toBeGreaterThan(0.93)
    expect(report.warnings).toEqual([])
    const coarse = await model({}, thresholdNetwork(10))
    const other = await segment(decoyed, await loadModel(await folderWithCoarse()), { coarse })
    expect(other.report.warnings.join()).toMatch(/threshold@3 found nothing/)
    expect(other.labels.data[0]).toBe(SPLEEN)
  })

  it('looks at the body alone where that is asked for, and at all of the image in spite of the manifest', async () => {
    const decoyed = withDecoy(image)
    const plain = await model({ postprocess: { largestComponent: [] } })
    const cropped = await segment(decoyed, plain, { inference: { crop: 'body' } })
    expect(cropped.labels.data[0]).toBe(0)
    expect(overlap(cropped.labels, ball, SPLEEN, 1)).toBeGreaterThan(0.93)
    const cropping = await model({ postprocess: { largestComponent: [] }, preprocess: { ...base, bodyCrop } })
    expect((await segment(decoyed, cropping, { inference: { crop: 'none' } })).labels.data[0]).toBe(SPLEEN)
    // 'body' keeps to what the manifest says of it: two axes are cut there, and trimmed.
    const shown = async (how: 'body' | undefined) =>
      (await segment(decoyed, cropping, { inference: { crop: how }, uncertainty: true })).uncertainty?.dims
    expect(await shown('body')).toEqual(await shown(undefined))
  })

  it('skips windows beside indicators without a find, and reads mirrored views', async () => {
    const inference = { kind: 'patch', patch: [16, 16, 16], step: 1 }
    const windowed = await model({ inference })
    const [all, some] = [await segment(image, windowed), await segment(image, windowed, { inference: { indicators: true } })] // prettier-ignore
    expect(overlap(some.labels, all.labels, SPLEEN, SPLEEN)).toBeGreaterThan(0.99)
    const views = await segment(image, windowed, { inference: { mirror: ['AP', 'SI'], step: 0.5 } })
    expect(overlap(views.labels, ball, SPLEEN, 1)).toBeGreaterThan(0.93)
    await expect(segment(image, await model(), { inference: { step: 0.5 } })).rejects.toThrow(/whole image at once/)
  })

  it('doubts what does not look like a CT of the trunk', async () => {
    const warned = async (volume: typeof image): Promise<string> =>
      (await segment(volume, await model())).report.warnings.join('\n')
    expect(await warned({ ...image, data: image.data.map((v) => Math.max(0, v)) })).toMatch(/not look like a CT in HU/)
    const { image: thin } = scene([90, 80, 10], [3, 3, 4])
    expect(await warned(thin)).toMatch(/spans only 40 mm from foot to head/)
    expect(await warned({ ...image, data: image.data.map(() => -1000) })).toMatch(/the model found nothing/)
  })
})
