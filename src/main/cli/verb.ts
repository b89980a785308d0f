import { parseArgs, type ParseArgsConfig } from 'node:util'
import type { Terminal } from './terminal'

type Options = NonNullable<ParseArgsConfig['options']>

type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; allowPositionals: true; strict: true }>
>

/** One verb of the command line. */
export interface Verb {
  readonly summary: string
  /** What follows `emend`, one way of use a line. */
  readonly usage: string
  /** Options and what they mean, for `emend VERB --help`. */
  readonly help: string
  run(args: string[], terminal: Terminal): Promise<void>
}

/** The command was not understood: exit status 2, and where to read how it is used. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Options and positional arguments of a verb.
 * @param positionals what is expected, for messages: ['PATH']; a last name ending in '...' takes one or more
 * @throws UsageError where an option is unknown or an argument is missing or left over
 */
export function parseVerb<const T extends Options>(
  args: string[],
  options: T,
  positionals: readonly string[],
): Parsed<T> {
  const parsed = parseStrictly(args, options)
  requireArguments(parsed.positionals, positionals)
  return parsed
}

/** @throws UsageError where an argument is missing or left over; `names` as for `parseVerb`. */
export function requireArguments(given: readonly string[], names: readonly string[]): void {
  const many = names.at(-1)?.endsWith('...') ?? false
  if (given.length < names.length) throw new UsageError(`${names[given.length].replace('...', '')} is missing`)
  if (!many && given.length > names.length) throw new UsageError(`'${given[names.length]}' is one argument too many`)
}

function parseStrictly<const T extends Options>(args: string[], options: T): Parsed<T> {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(error.message.split('. ')[0])
  }
}

/** @throws UsageError where a required option was not given. */
export function required(value: string | undefined, option: string): string {
  if (value === undefined || value === '') throw new UsageError(`--${option} is missing`)
  return value
}

/** @throws UsageError where an option is not one of these. */
export function oneOf<const T extends string>(value: string, choices: readonly T[], option: string): T {
  const found = choices.find((choice) => choice === value)
  if (!found) throw new UsageError(`--${option} ${value}: it is one of ${choices.join(', ')}`)
  return found
}

/** A whole number of at least `least`. @throws UsageError where it is none. */
export function wholeNumber(value: string, option: string, least = 0): number {
  const number = Number(value)
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < least) {
    throw new UsageError(`--${option} ${value}: it is a whole number of at least ${least}`)
  }
  return number
}

/** A number above 0. @throws UsageError where it is none. */
export function positiveNumber(value: string, option: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number) || number <= 0) {
    throw new UsageError(`--${option} ${value}: it is a number above 0`)
  }
  return number
}

/** 'a,b,c' as its parts. */
export function listOf(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
