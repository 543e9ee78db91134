import type { VNode } from 'preact'
import type { Verdict as VerdictValue } from '../assess/assessment.ts'
import { verdictWords } from './words.ts'

/** A sign per verdict, so that nothing is said by colour alone. */
const signs: Readonly<Record<VerdictValue, string>> = {
  met: '✓',
  'met-by-compensation': '◑',
  partial: '◐',
  open: '○',
  'not-met': '✕',
  'not-applicable': '–'
}

/** A verdict in words, with its sign and colour. */
export function Verdict({ verdict }: { verdict: VerdictValue }): VNode {
  return (
    <span class={`verdict tone-${verdict}`}>
      <span aria-hidden="true">{signs[verdict]} </span>
      {verdictWords[verdict]}
    </span>
  )
}

/** The anchor of a requirement's section: `cr-1-1-re-1`. */
export function anchorOf(id: string): string {
  return id
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-+$/, '')
}
