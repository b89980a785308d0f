import { createHash, randomUUID } from 'node:crypto'

/** 2.25 and a random UUID as a decimal number (PS3.5 B.2): valid without anybody's registration. */
export function newUid(): string {
  return uidOfHex(randomUUID().replaceAll('-', ''))
}

/** The same UID for the same text, so that a seeded series can be written again. */
export function uidOfText(text: string): string {
  return uidOfHex(createHash('sha256').update(text).digest('hex').slice(0, 32))
}

function uidOfHex(hex: string): string {
  return `2.25.${BigInt(`0x${hex}`).toString()}`
}
