import { XMLBuilder } from 'fast-xml-parser'
import type { RequirementAssessment } from '../assess/assessment.ts'
import { checkReason, packageReason } from '../assess/evidence.ts'
import { cleaned } from './clean.ts'
import type { ReportInput } from './report-input.ts'
import { bannersOf, evidenceParts, imageName, targetWords, verdictWords } from './words.ts'

/** Attributes carry the prefix the builder looks for. */
type Node = Readonly<Record<string, unknown>>

/**
 * JUnit for GitLab and others: a suite per foundational requirement, a case
 * per line of the standard. Only `met` is a pass. Not met is a failure,
 * what could not be answered an error, everything else skipped with its reason.
 */
export function renderJunit(input: ReportInput): string {
  const { assessment, verification } = cleaned(input)
  const suites = [
    {
      name: 'CCSC',
      title: 'Common constraints',
      lines: assessment.requirements.filter((one) => one.fr === null)
    },
    ...assessment.frs.map((fr) => ({
      name: `FR ${fr.fr}`,
      title: fr.title,
      lines: assessment.requirements.filter((one) => one.fr === fr.fr)
    }))
  ].filter((suite) => suite.lines.length > 0)
  const properties = [
    ['scope', assessment.scope],
    ['headline', assessment.headline],
    ['target', targetWords(assessment.target)],
    ['image', imageName(verification)],
    ['sha512', verification.image.sha512 ?? ''],
    ...bannersOf(verification).map((banner) => ['banner', banner])
  ].map(([name, value]) => ({ '@name': name, '@value': value }))

  // Its successor is a package of its own; ours is pinned and one dependency is enough for both directions.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    format: true,
    indentBy: '  ',
    suppressEmptyNode: true,
    suppressBooleanAttributes: false,
    processEntities: true
  })
  const document = {
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    testsuites: {
      '@name': `${assessment.standard} ${targetWords(assessment.target)}`,
      ...tally(assessment.requirements),
      testsuite: suites.map((suite) => ({
        '@name': `${suite.name} ${suite.title}`,
        ...tally(suite.lines),
        properties: { property: properties },
        testcase: suite.lines.map(testcase)
      }))
    }
  }
  return builder.build(document)
}

type Outcome = 'pass' | 'failure' | 'error' | 'skipped'

function outcomeOf(one: RequirementAssessment): Outcome {
  if (one.waiver) return one.verdict === 'met' ? 'pass' : 'skipped'
  if (one.verdict === 'not-met') return 'failure'
  if (one.unknown) return 'error'
  return one.verdict === 'met' ? 'pass' : 'skipped'
}

function tally(lines: readonly RequirementAssessment[]): Node {
  const count = (outcome: Outcome) => lines.filter((one) => outcomeOf(one) === outcome).length
  return {
    '@tests': lines.length,
    '@failures': count('failure'),
    '@errors': count('error'),
    '@skipped': count('skipped')
  }
}

function testcase(one: RequirementAssessment): Node {
  const outcome = outcomeOf(one)
  const node = { '@classname': `IEC 62443-4-2 ${one.id}`, '@name': one.title }
  if (outcome === 'pass') return { ...node, 'system-out': details(one) }
  const waived = one.waiver
    ? `waived until ${one.waiver.expires} by ${one.waiver.owner}: ${one.waiver.reason}; `
    : ''
  const message = `${waived}${verdictWords[one.verdict]}: ${one.reasons[0] ?? ''}`
  if (outcome === 'skipped') return { ...node, skipped: { '@message': message }, 'system-out': details(one) }
  return { ...node, [outcome]: { '@message': message, '@type': one.verdict, '#text': details(one) } }
}

/** Reasons, then every result with its evidence, one a line. */
function details(one: RequirementAssessment): string {
  const checks = one.checks.flatMap((check) => [
    `${check.status}: ${checkReason(check)}`,
    ...check.evidence.map((evidence) => {
      const { place, value } = evidenceParts(evidence)
      return `  ${place} ${value}`.trimEnd()
    })
  ])
  const packages = one.packages.map((each) => `${each.status}: ${packageReason(each)}`)
  const remains = one.remains.map((each) => `remains (${each.owner.join(', ')}): ${each.what}`)
  return [...one.reasons, ...packages, ...checks, ...remains].join('\n')
}
