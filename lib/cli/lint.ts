import type { Command } from 'commander'
import { relative } from 'node:path'
import { formatFinding } from '../base/code-frame.ts'
import { exitCodes } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import { writeJson, type CliContext } from './context.ts'
import { version } from './version.ts'

interface Options {
  json?: boolean
  sarif?: boolean
  release?: string
}

/** `kas-harden lint`: known traps of a kas project; exit 1 when one of them is an error. */
export function addLint(program: Command, context: CliContext): void {
  program
    .command('lint')
    .summary('find known security traps in a kas project')
    .description(
      'Reads the kas files as kas merges them and the layers on this machine: known passwords, test keys, unsigned updates, audit=0, unpinned repos and more. Changes nothing. Exit 1 when a finding is an error.'
    )
    .argument('<chain>', 'kas files, joined by colons')
    .option('--json', 'the findings for machines')
    .option('--sarif', 'SARIF 2.1.0 for code hosts and editors')
    .option('--release <codename>', "Debian release, where it can't be read")
    .action(async (chain: string, options: Options) => {
      const { io } = context
      const { lintProject } = await import('../flow/lint-project.ts')
      const { findings, root } = await lintProject(chain, io, { release: options.release })
      if (findings.some((one) => one.severity === 'error')) context.exitCode = exitCodes.gate
      if (options.sarif) {
        const { renderSarif } = await import('../report/sarif.ts')
        const { lintRules } = await import('../kas/lint/rules.ts')
        io.stdout.write(renderSarif({ findings, rules: lintRules, root, version: version() }))
        return
      }
      const shown = findings.map((one) => (one.path ? { ...one, path: relative(root, one.path) } : one))
      if (options.json) {
        writeJson(io, { findings: shown })
        return
      }
      const sources = await sourcesOf(findings)
      findings.forEach((finding, index) => {
        const text = formatFinding(withRequirement(shown[index] ?? finding), sources(finding))
        io.stdout.write(text + '\n\n')
      })
      io.stdout.write(summary(findings) + '\n')
    })
}

/** Source texts for code frames, read once; none for lines that hold a secret. */
async function sourcesOf(findings: readonly Finding[]): Promise<(finding: Finding) => string | undefined> {
  const { readFile } = await import('node:fs/promises')
  const { isSecret } = await import('../kas/lint/lint.ts')
  const texts = new Map<string, string>()
  for (const path of new Set(findings.flatMap((one) => one.path ?? []))) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) texts.set(path, text)
  }
  return (finding) => (isSecret(finding.code) ? undefined : texts.get(finding.path ?? ''))
}

function withRequirement(finding: Finding): Finding {
  const ids = finding.requirement ?? []
  return ids.length === 0 ? finding : { ...finding, message: `${finding.message} (${ids.join(', ')})` }
}

function summary(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity'], word: string) => {
    const number = findings.filter((one) => one.severity === severity).length
    return `${number} ${word}${number === 1 ? '' : 's'}`
  }
  return [count('error', 'error'), count('warning', 'warning'), count('info', 'note')].join(', ')
}
