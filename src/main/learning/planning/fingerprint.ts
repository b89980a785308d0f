import type { Vec3 } from '../../../shared/geometry/affine'
import { BACKGROUND, NOT_ANNOTATED } from '../../../shared/labels/schema'
import { unwatched, type Work } from '../../../shared/progress'
import { spacing, type Grid } from '../../imaging/volume'
import { modelAxes } from '../../segmentation/modelAxes'
import { quantile } from '../quantile'
import type { CaseSource } from '../trainingData'

/** What of a data set its plan follows from (nnU-Net's "data fingerprint"; Isensee et al., Nat Methods 18:203, 2021). */
export interface Fingerprint {
  readonly cases: number
  /** Of each case, along right, front and up: voxels and mm. */
  readonly shapes: readonly Vec3[]
  readonly spacings: readonly Vec3[]
  /** Of each case the structures that its labels have looked for; null where that is all. */
  readonly annotated: readonly CaseSource['annotated'][]
  /** Whether values are HU: whole, and down to air. */
  readonly ct: boolean
  /** Over voxels of structures, of all cases alike; null where no case has any. */
  readonly foreground: {
    readonly mean: number
    readonly deviation: number
    /** The 0.5th and the 99.5th percentile. */
    readonly low: number
    readonly high: number
  } | null
}

/** Values taken of each case's structures, spread over them. */
const SAMPLES = 10_000
/** Below this there is air in the image, so its values are HU. */
const AIR_HU = -500

/** Reads every case once. */
export async function fingerprintOf(cases: readonly CaseSource[], work: Work = unwatched): Promise<Fingerprint> {
  const shapes: Vec3[] = []
  const spacings: Vec3[] = []
  const values: number[] = []
  let withAir = 0
  for (const [done, source] of cases.entries()) {
    work.signal.throwIfAborted()
    work.report({ phase: 'looking at the data', done, total: cases.length })
    const { image, labels } = await source.load()
    const { shape, mm } = inRas(image)
    shapes.push(shape)
    spacings.push(mm)
    if (image.data.some((value) => value < AIR_HU)) withAir++
    const inside = labels.data.reduce((count, label) => count + Number(isStructure(label)), 0)
    const stride = Math.max(1, Math.ceil(inside / SAMPLES))
    for (let at = 0, seen = 0; at < labels.data.length; at++) {
      if (isStructure(labels.data[at]) && seen++ % stride === 0) values.push(image.data[at])
    }
  }
  return {
    cases: cases.length,
    shapes,
    spacings,
    annotated: cases.map(({ annotated }) => annotated),
    ct: cases.length > 0 && withAir > cases.length / 2,
    foreground: values.length > 0 ? statisticsOf(values) : null,
  }
}

const isStructure = (label: number): boolean => label !== BACKGROUND && label !== NOT_ANNOTATED

function inRas(image: Grid): { readonly shape: Vec3; readonly mm: Vec3 } {
  const { imageAxis } = modelAxes(image, 'RAS')
  const size = spacing(image)
  const by = (values: Vec3): Vec3 => [values[imageAxis[0]], values[imageAxis[1]], values[imageAxis[2]]]
  return { shape: by(image.dims), mm: by(size) }
}

function statisticsOf(values: number[]): NonNullable<Fingerprint['foreground']> {
  const sorted = Float64Array.from(values).sort()
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  return { mean, deviation, low: quantile(sorted, 0.005), high: quantile(sorted, 0.995) }
}
