/** Which of the 256 voxel values an edit may overwrite: 1 yes, 0 no. */
export type WritableValues = Uint8Array

/** What an edit may go over: all that is not locked, only background, or only one chosen structure. */
export const overwritePolicies = ['unlocked', 'background', 'inside'] as const
export type OverwritePolicy = (typeof overwritePolicies)[number]

/** The editable area: a policy and, for `inside`, the id of the chosen structure. */
export interface Overwrite {
  readonly policy: OverwritePolicy
  readonly inside: number
}

export const overAllUnlocked: Overwrite = { policy: 'unlocked', inside: 0 }

/** An edit writes over what the policy allows, and never over a locked structure. */
export function paintableOver({ policy, inside }: Overwrite, locked: readonly number[]): WritableValues {
  const values = new Uint8Array(256).fill(policy === 'unlocked' ? 1 : 0)
  if (policy === 'inside') values[inside] = 1
  // 255 is not annotated: painting there is annotating.
  else values[0] = values[255] = 1
  for (const value of locked) values[value] = 0
  return values
}

/** What is there where a structure goes: what it was painted inside of, or background. */
export function beneath({ policy, inside }: Overwrite): number {
  return policy === 'inside' ? inside : 0
}

/** An eraser removes one structure and nothing else. */
export function onlyValue(value: number, locked: readonly number[]): WritableValues {
  const values = new Uint8Array(256)
  if (!locked.includes(value)) values[value] = 1
  return values
}
