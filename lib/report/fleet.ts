import { scopeSentence, verdicts, type Verdict } from '../assess/assessment.ts'
import { byCodeUnit } from '../base/text.ts'
import { cleaned } from './clean.ts'

/** What one job of a fleet's pipeline left: a board at a level. */
export interface FleetResult {
  /** Name of its folder, `gate-x.2`. */
  name: string
  /** Absent where the job left no report that can be read; `problem` says why. */
  report?: FleetReport
  problem?: string
}

/** Of a report what the table of a fleet shows. */
export interface FleetReport {
  target: { components: readonly string[]; securityLevel: number }
  headline: string
  banners: readonly string[]
  image: { path: string; sha512?: string; packageCount: number }
  slc: readonly number[]
  counts: Readonly<Record<Verdict, number>>
  /** `unknown` where the job did not say. */
  gate: 'passed' | 'failed' | 'unknown'
  requirements: readonly { id: string; title: string; verdict: Verdict }[]
}

/** Name and version of the form of `renderFleetJson`; schemas/fleet.schema.json describes it. */
export const fleetFormat = 'kas-harden-fleet/1'

/** A line of the standard that some of the fleet does not meet. */
export interface FleetGap {
  id: string
  title: string
  /** Names of the results. */
  where: readonly string[]
}

/** Whether every result is there and passed its gate. */
export function fleetPassed(results: readonly FleetResult[]): boolean {
  return results.length > 0 && results.every(({ report }) => report?.gate === 'passed')
}

/** Lines that are not met, each once with all who have it, in the order of the standard. */
export function fleetGaps(results: readonly FleetResult[]): FleetGap[] {
  const gaps = new Map<string, { title: string; where: string[] }>()
  for (const { name, report } of results) {
    for (const { id, title, verdict } of report?.requirements ?? []) {
      if (verdict !== 'not-met') continue
      const gap = gaps.get(id) ?? { title, where: [] }
      gaps.set(id, { ...gap, where: [...gap.where, name] })
    }
  }
  const order = [...new Set(results.flatMap(({ report }) => report?.requirements.map(({ id }) => id) ?? []))]
  return order.flatMap((id) => {
    const gap = gaps.get(id)
    return gap === undefined ? [] : [{ id, ...gap }]
  })
}

/** What a result says in one word, for people: `passed`, `failed`, `unknown` or `no result`. */
export function gateWord({ report }: FleetResult): string {
  return report?.gate ?? 'no result'
}

/** All results for machines: schemas/fleet.schema.json. */
export function renderFleetJson(results: readonly FleetResult[]): string {
  const clean = cleaned(results)
  const document = {
    format: fleetFormat,
    scope: scopeSentence,
    passed: fleetPassed(clean),
    results: clean.map(({ name, report, problem }) => ({
      name,
      gate: report?.gate ?? 'no-result',
      ...(problem === undefined ? {} : { problem }),
      ...(report === undefined ? {} : withoutLines(report))
    })),
    notMet: fleetGaps(clean)
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

function withoutLines({ target, headline, banners, image, slc, counts }: FleetReport) {
  const { components, securityLevel } = target
  return { target: { components, securityLevel }, headline, banners, image, slc, counts }
}

/** All results as a page of Markdown: a row each, then the lines somebody doesn't meet. */
export function renderFleetMarkdown(results: readonly FleetResult[]): string {
  const clean = cleaned(results)
  const rows = clean.map((one) => {
    const { name, report } = one
    const cells =
      report === undefined
        ? ['', '', '', '', '', '', '', one.problem ?? '']
        : [
            `${report.target.components.join(' + ')} SL-C ${report.target.securityLevel}`,
            report.slc.join(' '),
            ...(['met', 'partial', 'open', 'not-met'] as const).map((verdict) => report.counts[verdict]),
            report.image.packageCount,
            report.banners.length > 0 ? report.banners.join(' ') : `[report](../${name}/report/report.html)`
          ]
    return `| ${[name, gateWord(one), ...cells].map((cell) => escape(String(cell))).join(' | ')} |`
  })
  const gaps = fleetGaps(clean).map(
    ({ id, title, where }) => `| ${escape(id)} | ${escape(title)} | ${escape(where.join(', '))} |`
  )
  const done = clean.filter(({ report }) => report?.gate === 'passed').length
  return [
    '# IEC 62443-4-2: the fleet',
    '',
    `**${done} of ${clean.length} passed the gate.**`,
    '',
    `> ${scopeSentence}`,
    '',
    '| Board and level | Gate | Target | Strict SL-C, FR 1 to 7 | Met | Partial | Open | Not met | Packages | |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...(gaps.length === 0
      ? []
      : ['## Not met', '', '| Line | Title | Where |', '| --- | --- | --- |', ...gaps, ''])
  ].join('\n')
}

/** Keeps a text inside of its cell, and what looks like mark-up from being that; our own link stays one. */
function escape(text: string): string {
  if (/^\[report\]\(\.\.\/[\w.-]+\/report\/report\.html\)$/.test(text)) return text
  return text.replace(/[\\`*_[\]<>|~#&]/g, (sign) => `\\${sign}`)
}

/** OpenMetrics of all results, told apart by the label `result`. */
export function renderFleetMetrics(results: readonly FleetResult[]): string {
  const clean = cleaned(results).toSorted((a, b) => byCodeUnit(a.name, b.name))
  const label = (name: string) => `result="${name.replace(/[\\"\n]/g, '_')}"`
  return [
    '# TYPE kas_harden_requirements gauge',
    ...clean.flatMap(({ name, report }) =>
      verdicts.flatMap((verdict) =>
        report
          ? [`kas_harden_requirements{${label(name)},verdict="${verdict}"} ${report.counts[verdict]}`]
          : []
      )
    ),
    '# TYPE kas_harden_packages gauge',
    ...clean.flatMap(({ name, report }) =>
      report ? [`kas_harden_packages{${label(name)}} ${report.image.packageCount}`] : []
    ),
    '# TYPE kas_harden_gate gauge',
    ...clean.map(
      ({ name, report }) => `kas_harden_gate{${label(name)}} ${report?.gate === 'passed' ? 1 : 0}`
    ),
    '# EOF',
    ''
  ].join('\n')
}
