import type { VNode } from 'preact'
import { verdicts, type FrSummary, type NextStep } from '../assess/assessment.ts'
import type { ReportInput } from './report-input.ts'
import { Verdict } from './html-verdict.tsx'
import {
  bannersOf,
  columnsOf,
  counted,
  imageName,
  someOf,
  targetLong,
  verdictMeanings,
  verdictWords
} from './words.ts'

/** The top of the page: what was assessed, the one answer, and what it is not. */
export function Header({ assessment, verification }: ReportInput): VNode {
  const { image } = verification
  const fidelity = { full: 'full', 'base-only': 'base only', unknown: 'not known (no build record)' }
  return (
    <header>
      {bannersOf(verification).map((banner) => (
        <p class="banner" role="note">
          {banner}
        </p>
      ))}
      <p class="eyebrow">{assessment.standard} self-assessment</p>
      <h1>{targetLong(assessment.target)}</h1>
      <p class="headline">{assessment.headline}</p>
      <p class="scope">{assessment.scope}</p>
      <dl class="facts">
        <dt>Image</dt>
        <dd>
          <strong>{imageName(verification)}</strong>, {image.description}
        </dd>
        <dt>Scope</dt>
        <dd>Base layer, as shipped</dd>
        <dt>System</dt>
        <dd>
          {[image.system, image.architecture, counted(image.packageCount, 'package')]
            .filter(Boolean)
            .join(', ')}
        </dd>
        <dt>SHA-512</dt>
        <dd class="mono">{image.sha512 ?? 'none'}</dd>
        <dt>Build</dt>
        <dd>{fidelity[image.fidelity]}</dd>
      </dl>
      <ul class="tiles" aria-label="Lines of the standard by verdict">
        {verdicts.map((verdict) => (
          <li class={`tone-${verdict}`}>
            <strong>{assessment.counts[verdict]}</strong>
            <span>{verdictWords[verdict]}</span>
          </li>
        ))}
      </ul>
    </header>
  )
}

/** The strict SL-C vector and the table per foundational requirement beside it. */
export function Levels({ assessment }: ReportInput): VNode {
  const aimed = assessment.target.securityLevel
  const levels = Array.from({ length: aimed }, (_, index) => index + 1)
  return (
    <section aria-labelledby="levels">
      <h2 id="levels">Security level capability of the base layer</h2>
      <p>
        Strict SL-C vector: a foundational requirement reaches a level only if every line up to it is met or
        proven not applicable.
      </p>
      <ul class="vector">
        {assessment.frs.map(({ fr, reached }) => (
          <li>
            FR {fr}
            <strong>SL-C {reached}</strong>
            of {aimed} aimed
            <span class="pips" aria-hidden="true">
              {levels.map((level) => (
                <i class={level <= reached ? 'on' : undefined} />
              ))}
            </span>
          </li>
        ))}
      </ul>
      <h2 id="frs">Foundational requirements</h2>
      <div class="scroll">
        <table>
          <caption>
            Lines of the standard up to SL-C {aimed}. To run: proven on the image, waits for the test on the
            running system. Shared: the base layer carries a part. Its share counts what it carries on this
            image, proven, and is no security level.
          </caption>
          <thead>
            <tr>
              <th scope="col">Foundational requirement</th>
              <th scope="col" class="number">
                Lines
              </th>
              <th scope="col" class="number">
                Met
              </th>
              <th scope="col" class="number">
                To run
              </th>
              <th scope="col" class="number">
                Shared
              </th>
              <th scope="col" class="number">
                Open
              </th>
              <th scope="col" class="number">
                Not met
              </th>
              <th scope="col">Share of the base layer</th>
              <th scope="col" class="number">
                SL-C
              </th>
            </tr>
          </thead>
          <tbody>
            {assessment.frs.map((fr) => (
              <FrRow fr={fr} />
            ))}
            {assessment.requirements
              .filter((one) => one.kind === 'CCSC')
              .map((one) => (
                <tr>
                  <th scope="row">
                    {one.id} {one.title}
                  </th>
                  <td class="number">1</td>
                  <td colSpan={7}>
                    <Verdict verdict={one.verdict} />
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
      <dl class="legend">
        {verdicts.flatMap((verdict) => [
          <dt>
            <Verdict verdict={verdict} />
          </dt>,
          <dd>{verdictMeanings[verdict]}</dd>
        ])}
      </dl>
    </section>
  )
}

function FrRow({ fr }: { fr: FrSummary }): VNode {
  const { verdicts: count, share } = fr
  const { toRun, shared } = columnsOf(fr)
  const parts = verdicts.filter((verdict) => count[verdict] > 0)
  const spoken = parts.map((verdict) => `${count[verdict]} ${verdictWords[verdict]}`).join(', ')
  return (
    <tr>
      <th scope="row">
        FR {fr.fr} {fr.title}
        <span class="bar" role="img" aria-label={spoken}>
          {parts.map((verdict) => (
            <i class={`tone-${verdict}`} style={{ flexGrow: count[verdict] }} />
          ))}
        </span>
      </th>
      <td class="number">{fr.total}</td>
      <td class="number">{count.met}</td>
      <td class="number">{toRun}</td>
      <td class="number">{shared}</td>
      <td class="number">{count.open}</td>
      <td class="number">{count['not-met']}</td>
      <td>
        {share.full} full, {share.partial} in part, {share.none} none
      </td>
      <td class="number">{fr.reached}</td>
    </tr>
  )
}

/** Five next steps, each with whose it is. */
export function Steps({ steps }: { steps: readonly NextStep[] }): VNode {
  const tone = { 'add this control': 'add', 'your job': 'yours', hardware: 'hardware' }
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">Most useful next steps</h2>
      {steps.length === 0 && <p>Nothing is left to do here.</p>}
      <ol class="steps">
        {steps.map((step) => (
          <li>
            <span class={`tag ${tone[step.kind]}`}>{step.kind}</span>
            <span>
              {step.text} <span class="soft small">({someOf(step.requirements, 6)})</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
