import type { VNode } from 'preact'
import type { Countermeasure, FrSummary, RequirementAssessment } from '../assess/assessment.ts'
import { nothingUnmet } from '../assess/countermeasures.ts'
import { anchorOf, Verdict } from './html-verdict.tsx'
import type { Comparison } from './report-input.ts'
import { answerWords, countermeasureTexts, evidenceWords, shareRows, shareWords, troubleOf } from './words.ts'

/** What the base layer carries on this image, proven, for the aimed level and those below. */
export function Shares({ frs }: { frs: readonly FrSummary[] }): VNode {
  const rows = shareRows(frs)
  return (
    <section aria-labelledby="shares">
      <h2 id="shares">Share of the base layer per level</h2>
      <div class="scroll">
        <table>
          <caption>
            Lines of the standard up to the level that the base layer carries on this image, proven. A share
            is no security level: the rest is somebody else’s, and parts never add up.
          </caption>
          <thead>
            <tr>
              <th scope="col">Foundational requirement</th>
              {(rows[0]?.cells ?? []).map(({ securityLevel }) => (
                <th scope="col">SL-C {securityLevel}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ title, cells }) => (
              <tr>
                <th scope="row">{title}</th>
                {cells.map((one) => (
                  <td>{shareWords(one)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** The same configuration with and without our controls. */
export function SideBySide({ comparison }: { comparison: Comparison }): VNode {
  const { plain, hardened } = comparison
  const rows: [string, string, string][] = [
    [
      'Checks passed',
      `${plain.checksPassed} of ${plain.checksTotal}`,
      `${hardened.checksPassed} of ${hardened.checksTotal}`
    ],
    ['Open ports', portsOf(plain.openPorts), portsOf(hardened.openPorts)],
    ['Set-user-id files', String(plain.setuidFiles), String(hardened.setuidFiles)],
    ['Packages', String(plain.packages), String(hardened.packages)]
  ]
  return (
    <section aria-labelledby="comparison">
      <h2 id="comparison">Plain and hardened, side by side</h2>
      <div class="scroll">
        <table class="narrow">
          <caption>The same kas configuration, built without and with the controls.</caption>
          <thead>
            <tr>
              <th scope="col">Measured</th>
              <th scope="col" class="number">
                Plain
              </th>
              <th scope="col" class="number">
                Hardened
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([what, before, after]) => (
              <tr>
                <th scope="row">{what}</th>
                <td class="number">{before}</td>
                <td class="number">{after}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function portsOf(ports: number | undefined): string {
  return ports === undefined ? 'not measured' : String(ports)
}

/** The integrator's section: each line that is not met, and what covers it. */
export function Countermeasures({ list }: { list: readonly Countermeasure[] }): VNode {
  return (
    <section aria-labelledby="countermeasures">
      <h2 id="countermeasures">For the integrator: lines not met, and what covers them (CCSC 2)</h2>
      {list.length === 0 ? (
        <p>{nothingUnmet}</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">Verdict</th>
                <th scope="col">Covered by</th>
                <th scope="col">Measure, or what is left and whose it is</th>
              </tr>
            </thead>
            <tbody>
              {list.map((one) => (
                <tr>
                  <th scope="row">
                    <a href={`#${anchorOf(one.requirement)}`}>{one.requirement}</a> {one.title}
                  </th>
                  <td>
                    <Verdict verdict={one.verdict} />
                  </td>
                  <td>{answerWords[one.answer]}</td>
                  <td>
                    {countermeasureTexts(one).map((text) => (
                      <div>{text}</div>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

/** Every line of the standard on one row, linked to its section. */
export function Overview({ requirements }: { requirements: readonly RequirementAssessment[] }): VNode {
  return (
    <section aria-labelledby="overview">
      <h2 id="overview">All requirements at a glance</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Id</th>
              <th scope="col">Title</th>
              <th scope="col" class="number">
                SL-C
              </th>
              <th scope="col">Verdict</th>
              <th scope="col">Base layer</th>
              <th scope="col">Evidence</th>
              <th scope="col">The rest is for</th>
            </tr>
          </thead>
          <tbody>
            {requirements.map((one) => (
              <tr>
                <td class="nowrap">
                  <a href={`#${anchorOf(one.id)}`}>{one.id}</a>
                </td>
                <td>
                  {one.title}
                  {one.singleSource && ' †'}
                </td>
                <td class="number">{one.securityLevel}</td>
                <td>
                  <Verdict verdict={one.verdict} />
                  {one.waiver && <span class="soft small"> waived</span>}
                </td>
                <td>{one.contribution}</td>
                <td>
                  {evidenceWords[one.evidence]}
                  {troubleOf(one) && <span class="soft small"> ({troubleOf(one)})</span>}
                </td>
                <td>{one.owners.join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {requirements.some((one) => one.singleSource) && (
        <p class="soft small">† The security level of this line rests on one public source only.</p>
      )}
    </section>
  )
}
