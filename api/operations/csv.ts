/** Tables as files (RFC 4180, UTF-8 with a byte order mark: spreadsheets then read umlauts). */

/** A cell that no spreadsheet takes for a formula: customers choose their own names. */
export function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

export const csvFile = (head: string[], rows: string[][]): string =>
  `\uFEFF${[head, ...rows].map((cells) => cells.map(csvCell).join(',')).join('\r\n')}\r\n`

/** Minor units as a decimal with a point; every currency of the books has two places (workflows/policy/money.ts). */
export const decimal = (minor: number | null): string => (minor === null ? '' : (minor / 100).toFixed(2))
