import type { Assessment } from '../assess/assessment.ts'
import { gapKinds, gapTitles, settled, type Gap } from '../assess/gaps.ts'
import { cleanText } from './clean.ts'
import { counted, targetWords } from './words.ts'

/** The gaps as text: what closes most first, each with the lines it moves. */
export function renderGaps(assessment: Assessment, gaps: readonly Gap[]): string {
  const short = assessment.requirements.filter(({ verdict }) => !settled(verdict))
  const lines = [
    `${assessment.standard}  ${targetWords(assessment.target)}`,
    `${counted(short.length, 'line')} of ${assessment.requirements.length} not there yet.`
  ]
  for (const kind of gapKinds) {
    const some = gaps.filter((gap) => gap.kind === kind)
    if (some.length === 0) continue
    lines.push('', gapTitles[kind])
    for (const gap of some) {
      lines.push(`  SL ${gap.securityLevel}  ${cleanText(gap.what)}${gap.control ? ` (${gap.control})` : ''}`)
      lines.push(`        ${gap.requirements.join(', ')}`)
      if (gap.packages?.length) lines.push(`        packages: ${gap.packages.join(' ')}`)
      if (gap.checks?.length && kind === 'answer-check') lines.push(`        checks: ${gap.checks.join(' ')}`)
    }
  }
  return `${lines.join('\n')}\n\n${cleanText(assessment.scope)}\n`
}
