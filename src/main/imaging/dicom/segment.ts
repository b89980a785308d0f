import type { Code } from '../../../shared/labels/schema'

/** How a segment came about, as DICOM has it: by an algorithm, by one and then a human's correction, or by hand. */
export type AlgorithmType = 'AUTOMATIC' | 'SEMIAUTOMATIC' | 'MANUAL'

/** One structure of a label map, as DICOM objects describe it. */
export interface Segment {
  /** Its value in the label map. */
  readonly id: number
  readonly label: string
  readonly category: Code
  readonly type: Code
  readonly modifier?: Code
  readonly algorithmType: AlgorithmType
  /** Needed unless manual: the model's name and version. */
  readonly algorithmName?: string
  /** '#rrggbb' */
  readonly color: string
  /** Follows the structure through the objects that tell of it; a new one where absent. */
  readonly trackingUid?: string
}

/** The name of the algorithm behind a segment; undefined where a hand drew it. */
export function algorithmOf({ algorithmType, algorithmName }: Segment): string | undefined {
  return algorithmType === 'MANUAL' ? undefined : (algorithmName ?? 'Emend')
}
