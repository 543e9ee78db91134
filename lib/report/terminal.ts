import picocolors from 'picocolors'
import type { Assessment, FrSummary, StepKind, Verdict } from '../assess/assessment.ts'
import type { Verification } from '../verify/verification.ts'
import { cleaned, cleanText } from './clean.ts'
import {
  bannersOf,
  columnsOf,
  counted,
  imageName,
  shareRows,
  shareWords,
  someOf,
  targetWords
} from './words.ts'

/** How wide the screen is and what ends the text. */
export interface TerminalOptions {
  /** Default 80; below 72 the lines wrap. */
  columns?: number
  colour?: boolean
  /** Where the reports lie, as the user would type it. */
  reports?: readonly string[]
}

type Counts = Pick<FrSummary, 'verdicts' | 'toRun'>
type Colours = ReturnType<typeof picocolors.createColors>

const barWidth = 20
/** A sign per group, so that a bar says the same without colours. */
const signs = { proven: '█', toRun: '▓', shared: '▒', open: '·', notMet: '×', notApplicable: ' ' }

/** The assessment on one calm screen: a row per FR, the headline, five next steps, where the reports lie. */
export function renderTerminal(
  assessment: Assessment,
  verification: Verification,
  options: TerminalOptions = {}
): string {
  const colours = picocolors.createColors(options.colour ?? false)
  const width = Math.max(40, Math.min(options.columns ?? 80, 120))
  const clean = cleaned(assessment)
  const { image } = cleaned(verification)
  const about = [
    imageName(cleaned(verification)),
    image.system,
    image.architecture,
    counted(image.packageCount, 'package')
  ]
  const lines = [
    ...wrap(`${clean.standard}  ${targetWords(clean.target)}`, width).map((line) => colours.bold(line)),
    ...wrap(about.filter(Boolean).join(' · '), width).map((line) => colours.dim(line)),
    ...bannersOf(verification).flatMap((banner) => wrap(banner, width).map((line) => colours.yellow(line))),
    '',
    ...table(clean, width, colours),
    ...wrap(shareLine(clean), width).map((line) => colours.dim(line)),
    '',
    ...wrap(clean.headline, width).map((line) => colours.bold(line)),
    ...steps(clean, width, colours),
    '',
    ...wrap(clean.scope, width).map((line) => colours.dim(line)),
    ...(options.reports ?? []).map(
      (path, index) => `${index === 0 ? 'Reports: ' : '         '}${cleanText(path)}`
    )
  ]
  return `${lines.join('\n')}\n`
}

function table(assessment: Assessment, width: number, colours: Colours): string[] {
  const constraints = countConstraints(assessment)
  const titleWidth = Math.max(...assessment.frs.map((fr) => fr.title.length)) + 5
  const numbers = 'proven to run shared open not met  SL-C'
  const withBar = width >= titleWidth + barWidth + numbers.length + 4
  const cut = withBar ? titleWidth : Math.max(5, Math.min(titleWidth, width - numbers.length - 2))
  const row = (title: string, counts: Counts, reached: string) => {
    const { proven, toRun, shared, open, notMet } = columnsOf(counts)
    const cells = [
      colours.green(String(proven).padStart(6)),
      String(toRun).padStart(6),
      String(shared).padStart(6),
      String(open).padStart(4),
      (notMet > 0 ? colours.red : String)(String(notMet).padStart(7)),
      reached.padStart(5)
    ]
    const bar = withBar ? `${barOf(counts, colours)}  ` : ''
    return `${title.slice(0, cut).padEnd(cut)}  ${bar}${cells.join(' ')}`
  }
  const head = `${' '.repeat(cut)}  ${withBar ? ' '.repeat(barWidth + 2) : ''}${numbers}`
  return [
    colours.dim(head),
    ...assessment.frs.map((fr) => row(`FR ${fr.fr} ${fr.title}`, fr, String(fr.reached))),
    row('CCSC Common constraints', constraints, '')
  ]
}

/** What the base layer carries, proven, of all lines up to each level. */
function shareLine({ frs }: Assessment): string {
  const together = shareRows(frs).at(-1)?.cells ?? []
  const levels = together.map((one) => `SL-C ${one.securityLevel} ${shareWords(one)}`)
  return `Base layer, proven: ${levels.join('; ')}`
}

function countConstraints(assessment: Assessment): Counts {
  const counts: Record<Verdict, number> = {
    met: 0,
    'met-by-compensation': 0,
    partial: 0,
    open: 0,
    'not-met': 0,
    'not-applicable': 0
  }
  for (const one of assessment.requirements) if (one.kind === 'CCSC') counts[one.verdict]++
  return { verdicts: counts, toRun: 0 }
}

function barOf(fr: Counts, colours: Colours): string {
  const counts = columnsOf(fr)
  const groups = ['proven', 'toRun', 'shared', 'open', 'notMet', 'notApplicable'] as const
  const total = groups.reduce((sum, group) => sum + counts[group], 0)
  const paint = {
    proven: colours.green,
    toRun: colours.blue,
    shared: colours.cyan,
    open: colours.dim,
    notMet: colours.red,
    notApplicable: String
  }
  let done = 0
  let used = 0
  return groups
    .map((group) => {
      done += counts[group]
      const end = total === 0 ? 0 : Math.round((done / total) * barWidth)
      const cells = end - used
      used = end
      return paint[group](signs[group].repeat(cells))
    })
    .join('')
    .concat(' '.repeat(barWidth - used))
}

function steps(assessment: Assessment, width: number, colours: Colours): string[] {
  if (assessment.nextSteps.length === 0) return []
  const tagWidth = Math.max(...assessment.nextSteps.map((step) => step.kind.length))
  const paint: Record<StepKind, (text: string) => string> = {
    'add this control': colours.green,
    'your job': colours.cyan,
    hardware: colours.yellow
  }
  return [
    '',
    'Next:',
    ...assessment.nextSteps.flatMap((step) => {
      const indent = tagWidth + 4
      const text = wrap(`${step.text} [${someOf(step.requirements, 2)}]`, width - indent)
      return text.map((line, index) =>
        index === 0
          ? `  ${paint[step.kind](step.kind.padEnd(tagWidth))}  ${line}`
          : `${' '.repeat(indent)}${line}`
      )
    })
  ]
}

/** Breaks text at spaces; a word longer than the line stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of glueIds(text).split(/ +/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((one) => one.replaceAll(glue, ' '))
}

/** Stands for a space inside an id while lines are broken; no cleaned text holds it. */
const glue = '\u0000'

function glueIds(text: string): string {
  return text.replace(/\b(CCSC|CR|SAR|EDR|HDR|NDR|FR|SL-C) (\d[.\d]*)(?: (RE\(\d+\)))?/g, (id) =>
    id.replaceAll(' ', glue)
  )
}
