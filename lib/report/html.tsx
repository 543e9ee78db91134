import { renderToString } from 'preact-render-to-string'
import type { VNode } from 'preact'
import type { RequirementAssessment } from '../assess/assessment.ts'
import { cleaned } from './clean.ts'
import { Head } from './html-head.tsx'
import { Requirement } from './html-requirement.tsx'
import { Header, Levels, Steps } from './html-summary.tsx'
import { Countermeasures, Overview, Shares, SideBySide } from './html-tables.tsx'
import type { ReportInput } from './report-input.ts'
import { imageName, targetWords } from './words.ts'

/**
 * The report as one self-contained HTML page: no script, no request, readable
 * on paper, in light and in dark. A policy in the page forbids the browser to
 * load or run anything, whatever an image may have put into a value.
 */
export function renderHtml(input: ReportInput): string {
  return `<!doctype html>\n${renderToString(<Page {...cleaned(input)} />)}\n`
}

function Page(input: ReportInput): VNode {
  const { assessment, verification, comparison } = input
  const groups: [string, readonly RequirementAssessment[]][] = [
    ['Common constraints (CCSC)', assessment.requirements.filter((one) => one.fr === null)],
    ...assessment.frs.map((fr): [string, readonly RequirementAssessment[]] => [
      `FR ${fr.fr} ${fr.title}`,
      assessment.requirements.filter((one) => one.fr === fr.fr)
    ])
  ]
  const findings = [...assessment.findings, ...verification.findings]
  const parameters = Object.entries(verification.parameters)
  return (
    <html lang="en">
      <Head
        title={`${assessment.standard} self-assessment, ${imageName(verification)}, ${targetWords(assessment.target)}`}
      />
      <body>
        <a class="skip" href="#overview">
          To the requirements
        </a>
        <main>
          <Header {...input} />
          <Steps steps={assessment.nextSteps} />
          <Levels {...input} />
          <Shares frs={assessment.frs} />
          {comparison && <SideBySide comparison={comparison} />}
          <Overview requirements={assessment.requirements} />
          <Countermeasures list={assessment.countermeasures} />
          {groups
            .filter(([, lines]) => lines.length > 0)
            .map(([title, lines]) => (
              <section>
                <h2>{title}</h2>
                {lines.map((one) => (
                  <Requirement one={one} />
                ))}
              </section>
            ))}
          {parameters.length > 0 && (
            <section aria-labelledby="parameters">
              <h2 id="parameters">Values the checks were made against</h2>
              <dl class="facts">
                {parameters.flatMap(([name, value]) => [
                  <dt>
                    <code>{name}</code>
                  </dt>,
                  <dd>{typeof value === 'object' ? value.join(', ') : value}</dd>
                ])}
              </dl>
            </section>
          )}
          {findings.length > 0 && (
            <section aria-labelledby="findings">
              <h2 id="findings">Findings</h2>
              <ul>
                {findings.map((one) => (
                  <li>
                    {one.severity}: {one.message} <code class="soft">{one.code}</code>
                  </li>
                ))}
              </ul>
            </section>
          )}
          <footer>
            <p>{assessment.scope}</p>
            <p>Requirement texts are paraphrases; the standard itself is the authority.</p>
          </footer>
        </main>
      </body>
    </html>
  )
}
