import { renderToString } from 'preact-render-to-string'
import type { VNode } from 'preact'
import { scopeSentence, verdicts } from '../assess/assessment.ts'
import { cleaned } from './clean.ts'
import { fleetGaps, gateWord, type FleetResult } from './fleet.ts'
import { Head } from './html-head.tsx'
import { verdictWords } from './words.ts'

/** All results of a fleet as one self-contained page, as strict as `renderHtml`. Each links to the report beside it. */
export function renderFleetHtml(results: readonly FleetResult[]): string {
  return `<!doctype html>\n${renderToString(<Page results={cleaned(results)} />)}\n`
}

function Page({ results }: { results: readonly FleetResult[] }): VNode {
  const passed = results.filter(({ report }) => report?.gate === 'passed').length
  const gaps = fleetGaps(results)
  return (
    <html lang="en">
      <Head title="IEC 62443-4-2 self-assessment, the fleet" />
      <body>
        <main>
          <header>
            <p class="eyebrow">IEC 62443-4-2 self-assessment</p>
            <h1>The fleet</h1>
            <p class="headline">
              {passed} of {results.length} passed the gate
            </p>
            <p class="scope">{scopeSentence}</p>
          </header>
          <section aria-labelledby="results">
            <h2 id="results">Boards and levels</h2>
            <div class="scroll">
              <table>
                <thead>
                  <tr>
                    {['Board and level', 'Gate', 'Target', 'Strict SL-C, FR 1 to 7'].map((title) => (
                      <th scope="col">{title}</th>
                    ))}
                    {verdicts.map((verdict) => (
                      <th scope="col">{verdictWords[verdict]}</th>
                    ))}
                    <th scope="col">Packages</th>
                  </tr>
                </thead>
                <tbody>
                  {results.map((one) => (
                    <Row one={one} />
                  ))}
                </tbody>
              </table>
            </div>
          </section>
          {gaps.length > 0 && (
            <section aria-labelledby="gaps">
              <h2 id="gaps">Not met</h2>
              <div class="scroll">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Line</th>
                      <th scope="col">Title</th>
                      <th scope="col">Where</th>
                    </tr>
                  </thead>
                  <tbody>
                    {gaps.map(({ id, title, where }) => (
                      <tr>
                        <th scope="row">{id}</th>
                        <td>{title}</td>
                        <td>{where.join(', ')}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </section>
          )}
        </main>
      </body>
    </html>
  )
}

function Row({ one }: { one: FleetResult }): VNode {
  const { name, report, problem } = one
  const tone = report?.gate === 'passed' ? 'tone-met' : 'tone-not-met'
  if (report === undefined) {
    return (
      <tr>
        <th scope="row">{name}</th>
        <td>
          <span class={`verdict ${tone}`}>{gateWord(one)}</span>
        </td>
        <td colSpan={verdicts.length + 3}>{problem}</td>
      </tr>
    )
  }
  return (
    <tr>
      <th scope="row">
        <a href={`../${encodeURIComponent(name)}/report/report.html`}>{name}</a>
        {report.banners.map((banner) => (
          <p class="small">{banner}</p>
        ))}
      </th>
      <td>
        <span class={`verdict ${tone}`}>{gateWord(one)}</span>
      </td>
      <td>
        {report.target.components.join(' + ')} SL-C {report.target.securityLevel}
      </td>
      <td>{report.slc.join(' ')}</td>
      {verdicts.map((verdict) => (
        <td>{report.counts[verdict]}</td>
      ))}
      <td>{report.image.packageCount}</td>
    </tr>
  )
}
