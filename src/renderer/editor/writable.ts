/** Which of the 256 voxel values an edit may overwrite: 1 yes, 0 no. */
export type WritableValues = Uint8Array

/** What a brush may paint over. */
export const overwritePolicies = ['unlocked', 'background'] as const
export type OverwritePolicy = (typeof overwritePolicies)[number]

/** A brush paints over background and, by policy, over other structures; never over a locked one. */
export function paintableOver(policy: OverwritePolicy, locked: readonly number[]): WritableValues {
  const values = new Uint8Array(256).fill(policy === 'unlocked' ? 1 : 0)
  values[0] = 1
  // Not annotated: painting there is annotating.
  values[255] = 1
  for (const value of locked) values[value] = 0
  return values
}

/** An eraser removes one structure and nothing else. */
export function onlyValue(value: number, locked: readonly number[]): WritableValues {
  const values = new Uint8Array(256)
  if (!locked.includes(value)) values[value] = 1
  return values
}
