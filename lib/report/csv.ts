/**
 * Rows and cells of a CSV text (RFC 4180): cells in double quotes may hold commas, line ends and doubled quotes.
 * Never throws; a quote that never ends takes the rest of the text.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const cells = /(?:"((?:[^"]|"")*)(?:"|$)([^,\r\n]*)|([^,\r\n]*))(,|\r\n|\n|\r|$)/y
  for (let at = 0; at < text.length;) {
    cells.lastIndex = at
    const found = cells.exec(text)
    if (found === null) break
    const [whole, quoted, after = '', plain = '', end = ''] = found
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"') + after)
    at += whole.length
    if (end === ',') {
      if (at === text.length) row.push('')
      continue
    }
    rows.push(row)
    row = []
  }
  if (row.length > 0) rows.push(row)
  return rows
}
