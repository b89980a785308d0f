import type { Instance } from '../dicom/instance'
import type { LabelObject } from '../dicom/labelObject'
import type { Volume } from '../volume'
import type { Source } from './source'

/** An image without a series around it. */
export interface SingleImage {
  readonly name: string
  readonly volume: Volume
  readonly warnings: readonly string[]
}

/** What became of a source. */
export type Handled =
  | { readonly kind: 'sources'; readonly sources: readonly Source[] }
  | { readonly kind: 'image'; readonly image: SingleImage }
  | { readonly kind: 'instance'; readonly instance: Instance }
  | { readonly kind: 'labels'; readonly labels: LabelObject }
  | { readonly kind: 'skipped'; readonly reason: string }

/**
 * One link of the import chain: takes a source that it knows and says what it is, or returns null so that the next
 * handler looks. An EmendError means that it knew the source and found it damaged.
 * @param start the source's first bytes, to tell what it is
 */
export type Handler = (source: Source, start: Uint8Array) => Promise<Handled | null>
