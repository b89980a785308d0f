import type { Dataset } from 'dcmjs'
import type { Code } from '../../../shared/labels/schema'
import { codeItem, referenceTo } from './derived'
import { decimal } from './encode'

/** Content items of structured reports (PS3.3 C.17.3), one function for each value type. */

export type Relationship = 'CONTAINS' | 'HAS CONCEPT MOD' | 'HAS OBS CONTEXT'

export const dcm = (value: string, meaning: string): Code => ({ value, scheme: 'DCM', meaning })
export const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning })
export const ucum = (value: string, meaning: string): Code => ({ value, scheme: 'UCUM', meaning })

function item(
  relationship: Relationship,
  type: string,
  name: Code,
  value: Dataset,
  children: readonly Dataset[] = [],
): Dataset {
  return {
    RelationshipType: relationship,
    ValueType: type,
    ConceptNameCodeSequence: [codeItem(name)],
    ...value,
    ...(children.length > 0 ? { ContentSequence: children } : {}),
  }
}

export function containerItem(name: Code, children: readonly Dataset[], template?: string): Dataset {
  return item('CONTAINS', 'CONTAINER', name, { ContinuityOfContent: 'SEPARATE', ...templateOf(template) }, children)
}

/** The template that a container follows (PS3.16). */
export function templateOf(identifier: string | undefined): Dataset {
  if (identifier === undefined) return {}
  return { ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: identifier }] }
}

export function codeValue(
  relationship: Relationship,
  name: Code,
  value: Code,
  children: readonly Dataset[] = [],
): Dataset {
  return item(relationship, 'CODE', name, { ConceptCodeSequence: [codeItem(value)] }, children)
}

export function textValue(relationship: Relationship, name: Code, text: string): Dataset {
  return item(relationship, 'TEXT', name, { TextValue: text })
}

export function uidValue(relationship: Relationship, name: Code, uid: string): Dataset {
  return item(relationship, 'UIDREF', name, { UID: uid })
}

export function personValue(relationship: Relationship, name: Code, person: string): Dataset {
  return item(relationship, 'PNAME', name, { PersonName: person })
}

export function numberValue(name: Code, value: number, unit: Code, children: readonly Dataset[] = []): Dataset {
  const measured = { NumericValue: decimal(value), MeasurementUnitsCodeSequence: [codeItem(unit)] }
  return item('CONTAINS', 'NUM', name, { MeasuredValueSequence: [measured] }, children)
}

export function segmentReference(
  name: Code,
  seg: { sopClassUid: string; sopInstanceUid: string },
  segmentNumber: number,
): Dataset {
  return item('CONTAINS', 'IMAGE', name, {
    ReferencedSOPSequence: [{ ...referenceTo(seg), ReferencedSegmentNumber: segmentNumber }],
  })
}
