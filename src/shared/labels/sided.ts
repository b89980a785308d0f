/** Whether a structure is of one side, by its name: 'left-kidney', 'psoas-right'. A mirrored image has it on the other. */
export function isSided(name: string): boolean {
  return /(^|-)(left|right)(-|$)/.test(name)
}
