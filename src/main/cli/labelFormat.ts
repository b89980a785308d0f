import type { ExportFormat } from '../../shared/contract'
import { endsAs, exportFormatNames, exportFormats, formatOfPath } from '../../shared/exportFormats'
import { oneOf, UsageError } from './verb'

/** Every format with its endings, a line each, for `--help`. */
export const formatHelp: string = exportFormatNames
  .map((name) => `    ${name.padEnd(15)} .${exportFormats[name].extensions.join(', .')}: ${exportFormats[name].says}`)
  .join('\n')

/**
 * The format to write `out` in: what `--format` says, else what the name's ending says.
 * @throws UsageError where neither says one, or the name does not end as the format's files do
 */
export function labelFormatOf(out: string, given: string | undefined): ExportFormat {
  const format = given === undefined ? formatOfPath(out) : oneOf(given, exportFormatNames, 'format')
  if (!format) {
    const endings = new Set(exportFormatNames.map((name) => `.${exportFormats[name].extensions.at(-1)}`))
    throw new UsageError(`--out ${out}: it ends in ${[...endings].join(', ')}, or --format says what it is`)
  }
  if (!endsAs(out, format)) {
    throw new UsageError(`--out ${out}: ${format} ends in .${exportFormats[format].extensions.join(' or .')}`)
  }
  return format
}
