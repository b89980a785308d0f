export type CsvValue = string | number | null

/** One line of a table as RFC 4180 has it, its end included. */
export function csvRow(values: readonly CsvValue[]): string {
  return `${values.map(csvCell).join(',')}\r\n`
}

/** What a spreadsheet would take for a formula gets a quote before it. */
function csvCell(value: CsvValue): string {
  const text = value === null ? '' : typeof value === 'string' ? value.replace(/^[=+@-]/, "'$&") : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
