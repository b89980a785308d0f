import type { LabelSchema, Structure } from './schema'
import { slugOf } from './siteStructures'

/** What public data sets (FLARE, AMOS, the Medical Segmentation Decathlon, TotalSegmentator) call some of our structures otherwise. */
const synonyms: Readonly<Record<string, string>> = {
  ivc: 'inferior-vena-cava',
  postcava: 'inferior-vena-cava',
  rag: 'right-adrenal-gland',
  lag: 'left-adrenal-gland',
  oesophagus: 'esophagus',
  'gall-bladder': 'gallbladder',
  tumor: 'lesion',
  tumour: 'lesion',
  cancer: 'lesion',
  'brain-stem': 'brainstem',
  anterior: 'anterior-hippocampus',
  posterior: 'posterior-hippocampus',
}

const wordsOf = (slug: string): string => slug.split('-').sort().join('-')

/**
 * The structure of a schema that others call so, whatever its spelling or the order of its words: 'kidney_right' is
 * `right-kidney`. Undefined where the schema has none.
 */
export function structureCalled({ structures }: LabelSchema, called: string): Structure | undefined {
  const slug = slugOf(called)
  const exact = structures.find(({ name }) => name === slug)
  const wanted = wordsOf(synonyms[slug] ?? slug)
  return exact ?? structures.find(({ name }) => wordsOf(name) === wanted)
}
