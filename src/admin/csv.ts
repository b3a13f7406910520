/** A line of CSV (RFC 4180). What a spreadsheet would run as a formula is shown to it as text. */
export const csvLine = (cells: readonly (string | number | null)[]): string => `${cells.map(cell).join(",")}\r\n`

function cell(value: string | number | null): string {
  if (typeof value !== "string") return value === null ? "" : String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
