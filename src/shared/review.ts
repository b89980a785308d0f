import * as v from 'valibot'
import { isVerified, reviewStatuses, type ReviewStatus } from './labels/status'

/** What readers say and do beside drawing: shapes that the window, the command line and the library share. */

export const noteKinds = ['comment', 'flag', 'unflag', 'reject', 'reopen', 'second-reading', 'arbitration'] as const
export type NoteKind = (typeof noteKinds)[number]

/** Something said of a case, or of one structure of it. Notes stay: a flag is taken away by another note. */
export const NoteRow = v.strictObject({
  id: v.number(),
  structure: v.nullable(v.string()),
  kind: v.picklist(noteKinds),
  text: v.string(),
  revision: v.nullable(v.string()),
  author: v.string(),
  at: v.string(),
})
export type NoteRow = v.InferOutput<typeof NoteRow>

/** Why a mask is no good, for a reader who has not said any such thing yet; their own words come first. */
export const commonRejectReasons = [
  'another structure',
  'runs into a neighbour',
  'a large part is missing',
  'there is none in the image',
  'the image is too poor there',
] as const

/** How many reasons a reader chooses from by one key. */
export const REASONS_AT_HAND = 6

/** Seconds that a reader worked at each structure since the last save; what is left out was not measured. */
export const StructureSeconds = v.record(v.string(), v.pipe(v.number(), v.minValue(0)))
export type StructureSeconds = v.InferOutput<typeof StructureSeconds>

/**
 * Why structures are rejected, by name; null where the reader went back to a state in which one was: for the reason that
 * is on record.
 */
export const RejectReasons = v.record(v.string(), v.nullable(v.pipe(v.string(), v.maxLength(1000))))
export type RejectReasons = v.InferOutput<typeof RejectReasons>

/** Said wherever something verified of a held-out case is taken back. */
export const heldOutNotice =
  'This case is held out: models are judged by what is verified in it. What is taken back is not scored until it is verified again.'

/** How the next case is chosen. */
export const strategies = [
  'first',
  'random',
  'uncertain',
  'mixed',
  'disagreement',
  'implausible',
  'structures',
] as const
export const Strategy = v.picklist(strategies)
export type Strategy = v.InferOutput<typeof Strategy>

export const strategyTitles: Readonly<Record<Strategy, string>> = {
  first: 'Oldest first',
  random: 'At random',
  uncertain: 'Most uncertain',
  mixed: 'Uncertain, mixed with others',
  disagreement: 'Most disagreement',
  implausible: 'Most implausible volume',
  structures: 'Structures in turn',
}

const missing: Partial<Record<Strategy, string>> = {
  uncertain: 'No uncertainty is measured',
  mixed: 'No uncertainty is measured',
  disagreement: 'No disagreement of models is measured',
  implausible: 'No volume can be compared',
}

/** Says so where a case is only the oldest, since of none that is left is known what its strategy goes by; else empty. */
export function unmeasured(strategy: Strategy, { value }: Pick<NextCase, 'value'>): string {
  const line = missing[strategy]
  return line === undefined || value !== null ? '' : `${line} in the cases left: the oldest comes next`
}

export const memberRoles = ['reader', 'arbiter', 'administrator'] as const
export const MemberRole = v.picklist(memberRoles)
export type MemberRole = v.InferOutput<typeof MemberRole>

/** What is known of a case beside its row; what was never measured is null. */
export const CaseFacts = v.strictObject({
  /** Mean entropy of the model over what it drew, bits. */
  doubt: v.nullable(v.number()),
  /** 1 - DSC between the last two models, mean over structures. */
  disagreement: v.nullable(v.number()),
  /** DSC of the model's masks against the verified ones, mean over structures. */
  score: v.nullable(v.number()),
  flagged: v.boolean(),
  comments: v.number(),
  /** Whether a second reader is asked for, or two readings wait for an arbiter. */
  reading: v.nullable(v.picklist(['second', 'arbitrate'])),
})
export type CaseFacts = v.InferOutput<typeof CaseFacts>

export const NextCase = v.strictObject({
  caseId: v.string(),
  /** The structure that the strategy chose it for; null where it chose by the case alone. */
  structure: v.nullable(v.string()),
  /** How much it was chosen by: bits, 1 - DSC, deviations; null where by none of these. */
  value: v.nullable(v.number()),
})
export type NextCase = v.InferOutput<typeof NextCase>

/** Two readers' labels of one case, side by side. */
export const ComparedReadings = v.strictObject({
  /** Who they are, and which revisions hold their labels. */
  first: v.string(),
  second: v.string(),
  firstRevision: v.string(),
  secondRevision: v.string(),
  structures: v.array(
    v.strictObject({
      name: v.string(),
      dsc: v.number(),
      firstMl: v.number(),
      secondMl: v.number(),
      firstStatus: v.picklist(reviewStatuses),
      secondStatus: v.picklist(reviewStatuses),
    }),
  ),
})
export type ComparedReadings = v.InferOutput<typeof ComparedReadings>

/**
 * Whether two readings of a structure differ, so that an arbiter has to pick one: in a voxel (their DSC is below 1), or in
 * what was said, where only one of them verified it.
 */
export function readingsDiffer(dsc: number, first: ReviewStatus, second: ReviewStatus): boolean {
  return dsc < 1 || (first !== second && !(isVerified(first) && isVerified(second)))
}
