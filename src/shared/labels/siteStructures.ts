import * as v from 'valibot'
import { hashOf } from '../random'
import type { Structure } from './schema'

/** The scheme of Emend's own codes, which follow from what a site calls its structures. */
export const SITE_CODES = '99EMEND'

/** So many characters has a DICOM code value (VR SH). */
const LONGEST_CODE = 16

/** What a reader says of a structure that a schema has not. */
export const NewStructure = v.strictObject({
  /** A DICOM segment label takes 64 characters. */
  title: v.pipe(v.string(), v.trim(), v.minLength(1, 'a structure needs a name'), v.maxLength(64)),
  /** '#rrggbb' */
  color: v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/)),
  kind: v.picklist(['organ', 'lesion']),
  /** SNOMED CT's concept; null where nobody knows one. DICOM's short code values have 16 characters. */
  code: v.nullable(v.pipe(v.string(), v.regex(/^\d{6,16}$/, 'a SNOMED code is 6 to 16 digits'))),
})
export type NewStructure = v.InferOutput<typeof NewStructure>

/** A whole schema of a site's own, to be drawn and learned from nothing. */
export const NewSchema = v.strictObject({
  title: v.pipe(v.string(), v.trim(), v.minLength(1, 'a schema needs a name'), v.maxLength(64)),
  structures: v.pipe(
    v.array(NewStructure),
    v.minLength(1, 'a schema needs at least one structure'),
    v.maxLength(100, 'a schema begins with at most 100 structures'),
  ),
})
export type NewSchema = v.InferOutput<typeof NewSchema>

/** How files and the command line name what people call so: 'Left psoas muscle' is 'left-psoas-muscle'. */
export function slugOf(title: string): string {
  return title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

/**
 * A structure of a site's own, with what its schema has to say of it: scored within 2 mm and in its whole extent.
 * @throws RangeError where nothing is left of its name for files to name it by
 */
export function structureOf({ title, color, kind, code }: NewStructure, id: number): Structure {
  const name = slugOf(title)
  if (name === '') throw new RangeError(`a structure cannot be called '${title}'`)
  return {
    id,
    name,
    title,
    kind,
    color,
    category:
      kind === 'lesion'
        ? { value: '49755003', scheme: 'SCT', meaning: 'Morphologically Abnormal Structure' }
        : { value: '123037004', scheme: 'SCT', meaning: 'Anatomical Structure' },
    // What SNOMED has no code for gets one of Emend's own.
    type:
      code === null
        ? { value: codeOf(name), scheme: SITE_CODES, meaning: title }
        : { value: code, scheme: 'SCT', meaning: title },
    nsdToleranceMm: 2,
    scoredWithinReference: false,
  }
}

/** A name that is too long is cut, with a hash of the whole: others may begin alike. */
function codeOf(name: string): string {
  if (name.length <= LONGEST_CODE) return name.toUpperCase()
  const hash = (hashOf(name) >>> 0).toString(36).padStart(7, '0')
  return `${name.slice(0, LONGEST_CODE - hash.length - 1)}-${hash}`.toUpperCase()
}
