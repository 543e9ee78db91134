import { isAbsolute, relative } from 'node:path'
import { digestOf } from '../base/digest.ts'
import type { Finding, Severity } from '../base/finding.ts'
import { byCodeUnit, plainText } from '../base/text.ts'

/** What SARIF says of a rule. */
export interface SarifRule {
  code: string
  title: string
  severity: Severity
  why: string
  fix: string
  requirement: readonly string[]
}

/** Where the findings come from. */
export interface SarifInput {
  findings: readonly Finding[]
  rules: readonly SarifRule[]
  /** Top of the source tree; paths below it are written relative to it, as code hosts want them. */
  root: string
  version: string
}

const levels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' }

/**
 * Findings as SARIF 2.1.0 (OASIS, sections 3.14 to 3.49): one run, a rule for every code, a physical location for
 * every finding that has a file. Without snippets, because a line may be a password. Same input, same bytes.
 */
export function renderSarif({ findings, rules, root, version }: SarifInput): string {
  const all = [
    ...rules,
    ...findings.filter((one) => !rules.some(({ code }) => code === one.code)).map(ruleOf)
  ]
  const known = [...new Map(all.map((rule) => [rule.code, rule])).values()].sort((a, b) =>
    byCodeUnit(a.code, b.code)
  )
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'kas-harden',
            semanticVersion: version,
            rules: known.map((rule) => ({
              id: rule.code,
              shortDescription: { text: rule.title },
              ...(rule.why === '' ? {} : { fullDescription: { text: rule.why } }),
              ...(rule.fix === '' ? {} : { help: { text: rule.fix } }),
              defaultConfiguration: { level: levels[rule.severity] },
              properties: { tags: ['security', ...rule.requirement.map((id) => `IEC 62443-4-2 ${id}`)] }
            }))
          }
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.code,
          ruleIndex: known.findIndex(({ code }) => code === finding.code),
          level: levels[finding.severity],
          message: { text: textOf(finding) },
          ...(finding.path === undefined ? {} : { locations: [locationOf(finding, finding.path, root)] }),
          // Without the line: a finding stays the same one while lines above it come and go.
          partialFingerprints: {
            'kasHarden/v1': digestOf(
              Buffer.from(`${finding.code}\n${uriOf(finding.path ?? '', root)}\n${finding.message}`)
            )
          }
        }))
      }
    ]
  }
  return JSON.stringify(log, null, 2) + '\n'
}

function ruleOf(finding: Finding): SarifRule {
  return {
    code: finding.code,
    title: finding.code,
    severity: finding.severity,
    why: '',
    fix: finding.hint ?? '',
    requirement: finding.requirement ?? []
  }
}

function textOf({ message, hint }: Finding): string {
  return plainText(hint === undefined ? message : `${message}. ${hint}`)
}

function locationOf({ range }: Finding, path: string, root: string) {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(path, root) },
      ...(range === undefined
        ? {}
        : {
            region: {
              startLine: range.line,
              startColumn: range.column,
              ...(range.endLine === undefined ? {} : { endLine: range.endLine }),
              ...(range.endColumn === undefined ? {} : { endColumn: range.endColumn })
            }
          })
    }
  }
}

/** A relative reference below the root, else a file URI; every segment percent-encoded. */
function uriOf(path: string, root: string): string {
  const inside = relative(root, path)
  const outside = inside.startsWith('..') || isAbsolute(inside)
  const encode = (text: string) => text.split('/').map(encodeURIComponent).join('/')
  return outside && isAbsolute(path) ? `file://${encode(path)}` : encode(outside ? path : inside)
}
