import type { VNode } from 'preact'
import type { RequirementAssessment } from '../assess/assessment.ts'
import { checkReason, packageReason } from '../assess/evidence.ts'
import type { CheckResult, CheckStatus } from '../controls/result.ts'
import { anchorOf, Verdict } from './html-verdict.tsx'
import { evidenceParts, evidenceWords, troubleOf } from './words.ts'

const signs: Readonly<Record<CheckStatus, { sign: string; tone: string; word: string }>> = {
  fail: { sign: '✕', tone: 'not-met', word: 'failed' },
  unknown: { sign: '?', tone: 'open', word: 'unknown' },
  pass: { sign: '✓', tone: 'met', word: 'passed' },
  'not-applicable': { sign: '–', tone: 'not-applicable', word: 'not applicable' }
}
const order: readonly CheckStatus[] = ['fail', 'unknown', 'pass', 'not-applicable']

/** One line of the standard in full: verdict, why, evidence, packages, what remains and whose it is. */
export function Requirement({ one }: { one: RequirementAssessment }): VNode {
  const id = anchorOf(one.id)
  const [first, ...more] = one.reasons.filter((reason) => !repeatsResult(one, reason))
  return (
    <article class={`requirement tone-${one.verdict}`} id={id} aria-labelledby={`${id}-title`}>
      <header>
        <h3 id={`${id}-title`}>
          {one.id} {one.title}
          {one.singleSource && ' †'}
        </h3>
        <Verdict verdict={one.verdict} />
      </header>
      <p class="quote">{one.paraphrase}</p>
      <p class="meta">
        From SL-C {one.securityLevel}
        {one.conditional && `, ${one.conditional}`}. Base layer: {one.contribution}. Evidence:{' '}
        {evidenceWords[one.evidence]}.{one.owners.length > 0 && ` The rest is for: ${one.owners.join(', ')}.`}
        {one.hardware && ' Needs hardware.'}
      </p>
      <p>{first ?? `${sentence(troubleOf(one))}.`}</p>
      <Texts title={undefined} texts={more} />
      <Texts title="Covered by the base layer" texts={one.covers} />
      <Texts
        title="What remains, and whose it is"
        texts={one.remains.map((rest) => `${rest.what} (${rest.owner.join(', ')})`)}
      />
      <Texts
        title="Statements of the supplier"
        texts={one.statements.map(
          (each) => `${each.text} (${[each.who, each.date, each.evidence].filter(Boolean).join(', ')})`
        )}
      />
      {one.waiver && (
        <Texts
          title="Waiver (changes the gate, not the verdict)"
          texts={[`${one.waiver.reason} (${one.waiver.owner}, until ${one.waiver.expires})`]}
        />
      )}
      <Checks checks={one.checks} />
      <Packages packages={one.packages} />
      <Texts title="A lab will also want to see" texts={one.labEvidence} />
    </article>
  )
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

/** Reasons that only repeat a check's message below it. */
function repeatsResult(one: RequirementAssessment, reason: string): boolean {
  return (
    one.checks.some((check) => reason === checkReason(check)) ||
    one.packages.some((each) => reason === packageReason(each))
  )
}

function Texts({ title, texts }: { title: string | undefined; texts: readonly string[] }): VNode | null {
  if (texts.length === 0) return null
  return (
    <>
      {title && <h4>{title}</h4>}
      <ul>
        {texts.map((text) => (
          <li>{text}</li>
        ))}
      </ul>
    </>
  )
}

function Checks({ checks }: { checks: readonly CheckResult[] }): VNode | null {
  if (checks.length === 0) return null
  const sorted = [...checks].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
  return (
    <>
      <h4>Checks</h4>
      <ul class="checks">
        {sorted.map((check) => {
          const { sign, tone, word } = signs[check.status]
          return (
            <li>
              <span class={`sign tone-${tone}`} role="img" aria-label={word}>
                {sign}
              </span>
              {check.title}: {check.message} <code class="soft">{check.id}</code>
              {check.evidence.map((evidence) => {
                const { place, value } = evidenceParts(evidence)
                return (
                  <span class="seen">
                    <code>{[place, value].filter(Boolean).join('  ')}</code>
                  </span>
                )
              })}
            </li>
          )
        })}
      </ul>
    </>
  )
}

function Packages({ packages }: { packages: RequirementAssessment['packages'] }): VNode | null {
  if (packages.length === 0) return null
  return (
    <>
      <h4>Packages</h4>
      <p class="small">
        {packages.map((each, index) => (
          <>
            {index > 0 && ', '}
            <code>{[each.name, each.version].filter(Boolean).join(' ')}</code>
            {each.status !== 'pass' && (
              <span class={`verdict tone-${signs[each.status].tone}`}>
                {' '}
                {each.status === 'fail' ? 'missing' : 'unknown'}
              </span>
            )}
          </>
        ))}
      </p>
    </>
  )
}
