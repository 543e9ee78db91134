import type { RequirementAssessment } from '../assess/assessment.ts'
import { nothingUnmet } from '../assess/countermeasures.ts'
import { cleaned } from './clean.ts'
import type { Comparison, ReportInput } from './report-input.ts'
import {
  answerWords,
  bannersOf,
  columnsOf,
  counted,
  countermeasureTexts,
  evidenceParts,
  evidenceWords,
  imageName,
  shareRows,
  shareWords,
  someOf,
  targetWords,
  verdictWords
} from './words.ts'

/** The report as GitHub and GitLab flavoured Markdown, for a merge request or a repository. */
export function renderMarkdown(input: ReportInput): string {
  const { assessment, verification, comparison } = cleaned(input)
  const { image } = verification
  const lines = [
    `# ${escape(assessment.standard)}: ${escape(targetWords(assessment.target))}`,
    '',
    ...bannersOf(verification).flatMap((banner) => [`> **${escape(banner)}**`, '']),
    `> ${assessment.scope}`,
    '',
    `**${escape(assessment.headline)}**`,
    '',
    `- Image: ${code(imageName(verification))}${image.system ? `, ${escape(image.system)}` : ''}${image.architecture ? `, ${escape(image.architecture)}` : ''}, ${counted(image.packageCount, 'package')}`,
    ...(image.sha512 ? [`- SHA-512: ${code(image.sha512)}`] : []),
    `- Strict SL-C of the base layer, FR 1 to 7: ${code(`{ ${assessment.vector.join(' ')} }`)} (every line up to the level met or proven not applicable)`,
    '',
    ...frTable(assessment),
    ...shareTable(assessment),
    ...(comparison ? comparisonTable(comparison) : []),
    '## Next steps',
    '',
    ...(assessment.nextSteps.length === 0 ? ['Nothing is left to do here.'] : []),
    ...assessment.nextSteps.map(
      (step, index) =>
        `${index + 1}. **${step.kind}**: ${escape(step.text)} (${escape(someOf(step.requirements))})`
    ),
    '',
    ...integrators(assessment.countermeasures),
    '## Requirements',
    '',
    ...assessment.requirements.flatMap(requirement),
    ...singleSourceNote(assessment.requirements),
    ...findings([...assessment.findings, ...verification.findings])
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

function frTable({ frs, requirements }: ReportInput['assessment']): string[] {
  const constraints = requirements.filter((one) => one.kind === 'CCSC')
  return [
    '| | Lines | Met | To run | Shared | Open | Not met | Not applicable | Share of the base layer | SL-C |',
    '|---|--:|--:|--:|--:|--:|--:|--:|---|--:|',
    ...frs.map((summary) => {
      const { fr, title, total, share, reached } = summary
      const { proven, toRun, shared, open, notMet, notApplicable } = columnsOf(summary)
      const carried = `${share.full} full, ${share.partial} in part, ${share.none} none`
      return `| FR ${fr} ${title} | ${total} | ${proven} | ${toRun} | ${shared} | ${open} | ${notMet} | ${notApplicable} | ${carried} | ${reached} |`
    }),
    ...constraints.map(
      (one) => `| ${one.id} ${escape(one.title)} | 1 | ${verdictWords[one.verdict]} ||||||| |`
    ),
    '',
    '*To run*: proven on the image, waits for the test on the running system. *Shared*: the base layer carries a part.',
    ''
  ]
}

function shareTable({ frs }: ReportInput['assessment']): string[] {
  const rows = shareRows(frs)
  const levels = rows[0]?.cells.map(({ securityLevel }) => securityLevel) ?? []
  return [
    '## Share of the base layer per level',
    '',
    `| | ${levels.map((level) => `SL-C ${level}`).join(' | ')} |`,
    `|---|${levels.map(() => '---').join('|')}|`,
    ...rows.map(({ title, cells }) => `| ${title} | ${cells.map(shareWords).join(' | ')} |`),
    '',
    'Lines up to the level that the base layer carries on this image, proven. A share is no security level: the rest is somebody else’s, and parts never add up.',
    ''
  ]
}

function comparisonTable({ plain, hardened }: Comparison): string[] {
  const ports = [plain.openPorts, hardened.openPorts].map((one) =>
    one === undefined ? 'not measured' : String(one)
  )
  return [
    '## Plain and hardened',
    '',
    '| | Plain | Hardened |',
    '|---|--:|--:|',
    `| Checks passed | ${plain.checksPassed} of ${plain.checksTotal} | ${hardened.checksPassed} of ${hardened.checksTotal} |`,
    `| Open ports | ${ports.join(' | ')} |`,
    `| Set-user-id files | ${plain.setuidFiles} | ${hardened.setuidFiles} |`,
    `| Packages | ${plain.packages} | ${hardened.packages} |`,
    ''
  ]
}

function integrators(list: ReportInput['assessment']['countermeasures']): string[] {
  return [
    '## For the integrator: lines not met, and what covers them (CCSC 2)',
    '',
    ...(list.length === 0
      ? [nothingUnmet]
      : [
          '| Line | Verdict | Covered by | Measure, or what is left and whose it is |',
          '|---|---|---|---|',
          ...list.map(
            (one) =>
              `| ${one.requirement} ${escape(one.title)} | ${verdictWords[one.verdict]} | ${answerWords[one.answer]} | ${countermeasureTexts(one).map(cell).join('<br>')} |`
          )
        ]),
    ''
  ]
}

/** A text inside a row of a table. */
function cell(text: string): string {
  return escape(text.replace(/\s+/g, ' '))
}

function requirement(one: RequirementAssessment): string[] {
  const bad = one.checks.filter((check) => check.status === 'fail' || check.status === 'unknown')
  const passed = one.checks.filter((check) => check.status === 'pass')
  return [
    `### ${escape(one.id)} ${escape(one.title)}${one.singleSource ? ' †' : ''}: ${verdictWords[one.verdict]}`,
    '',
    `*${escape(one.paraphrase)}*`,
    '',
    `- SL-C ${one.securityLevel}; base layer: ${one.contribution}; evidence: ${evidenceWords[one.evidence]}${one.owners.length > 0 ? `; the rest: ${one.owners.join(', ')}` : ''}`,
    ...one.reasons.map((reason) => `- ${escape(reason)}`),
    ...one.covers.map((part) => `- Covers: ${escape(part)}`),
    ...one.remains.map((rest) => `- Remains (${rest.owner.join(', ')}): ${escape(rest.what)}`),
    ...one.statements.map(
      (each) => `- Statement of ${escape(each.who)}, ${escape(each.date)}: ${escape(each.text)}`
    ),
    ...(one.waiver
      ? [`- Waived until ${one.waiver.expires} by ${escape(one.waiver.owner)}: ${escape(one.waiver.reason)}`]
      : []),
    ...bad.flatMap((check) => [
      `- ${check.status}: ${code(check.id)} ${escape(check.message)}`,
      ...check.evidence.map(evidenceLine)
    ]),
    ...passed.map((check) => {
      const first = check.evidence[0]
      return `- pass: ${code(check.id)} ${escape(check.message)}${first ? ` ${code(placeOf(first))}` : ''}`
    }),
    ...packageLine(one),
    ''
  ]
}

function packageLine(one: RequirementAssessment): string[] {
  if (one.packages.length === 0) return []
  const list = one.packages.map((each) =>
    each.status === 'pass'
      ? code(`${each.name} ${each.version ?? ''}`.trim())
      : `${code(each.name)} (${each.status})`
  )
  return [`- Packages: ${list.join(', ')}`]
}

function evidenceLine(evidence: RequirementAssessment['checks'][number]['evidence'][number]): string {
  const { place, value } = evidenceParts(evidence)
  return `  - ${[place, value].filter(Boolean).map(code).join(' ')}`
}

function placeOf(evidence: RequirementAssessment['checks'][number]['evidence'][number]): string {
  const { place, value } = evidenceParts(evidence)
  return place || value
}

function singleSourceNote(requirements: readonly RequirementAssessment[]): string[] {
  return requirements.some((one) => one.singleSource)
    ? ['† The security level of this line rests on one public source only.', '']
    : []
}

function findings(all: ReportInput['verification']['findings']): string[] {
  if (all.length === 0) return []
  return [
    '## Findings',
    '',
    ...all.map((one) => `- ${one.severity} ${code(one.code)}: ${escape(one.message)}`)
  ]
}

/** Text as text: nothing in it becomes markup, a link, a mention or a reference to an issue. */
function escape(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_[\]|~#!@$^%]/g, '\\$&')
    .replace(/:\/\//g, ':\\//')
    .replace(/^(\s*)([-+=]|\d+[.)])/, '$1\\$2')
}

/** A code span; its fence is longer than any run of backticks inside. */
function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  const pad = longest > 0 || /^ .* $/.test(text) ? ' ' : ''
  return text === '' ? '' : `${fence}${pad}${text}${pad}${fence}`
}
