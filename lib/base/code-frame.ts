import type { Finding, Range } from './finding.ts'

/** The source line of a range with a marker below it, cut to 100 columns. */
export function codeFrame(source: string, range: Range): string {
  const line = source.split(/\r?\n/)[range.line - 1]
  if (line === undefined) return ''
  const start = Math.max(0, Math.min(range.column - 1, line.length))
  const sameLine = range.endLine === undefined || range.endLine === range.line
  const end = sameLine && range.endColumn !== undefined ? range.endColumn - 1 : line.length
  const shift = start > 60 ? start - 60 : 0
  const shown = line.slice(shift, shift + 100)
  const width = Math.max(1, Math.min(end - start, 100 - (start - shift)))
  const prefix = `${String(range.line)} | `
  return `${prefix}${shown}\n${' '.repeat(prefix.length + start - shift)}${'^'.repeat(width)}`
}

/** `path:line:column severity message (code)` and the hint below; the form every verb prints. */
export function formatFinding(finding: Finding, source?: string): string {
  const place = finding.path
    ? `${finding.path}${finding.range ? `:${finding.range.line}:${finding.range.column}` : ''}: `
    : ''
  const lines = [`${place}${finding.severity}: ${finding.message} [${finding.code}]`]
  if (source !== undefined && finding.range) lines.push(codeFrame(source, finding.range))
  if (finding.hint) lines.push(`  -> ${finding.hint}`)
  return lines.join('\n')
}
