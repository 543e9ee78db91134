import { resolve } from 'node:path'
import type { Command } from 'commander'
import { formatFinding } from '../base/code-frame.ts'
import { exitCodes } from '../base/errors.ts'
import {
  targetChoice,
  wantsGitlab,
  withTarget,
  writeJson,
  type CliContext,
  type TargetOptions
} from './context.ts'
import type { ReportJson } from './results.ts'
import { runtimeChoice, withRuntime, type RuntimeOptions } from './runtime-options.ts'

interface Options extends TargetOptions, RuntimeOptions {
  output: string
  chain?: string
  sbom?: string
  gitlab?: boolean
  json?: boolean
}

/** `kas-harden report`: the assessment of an image as HTML, Markdown, JSON and JUnit. */
export function addReport(program: Command, context: CliContext): void {
  const command = withTarget(program.command('report'))
    .summary('write the report of an image: HTML, Markdown, JSON, JUnit')
    .description(
      'Verifies and assesses the image and writes one report per format; inside GitLab CI (GITLAB_CI) also code quality, metrics, dotenv and annotations. Exit 1 when the gate fails.'
    )
    .argument('<image>', 'the image')
    .option('-o, --output <directory>', 'where the reports go', 'kas-harden-report')
    .option(
      '--chain <files>',
      'kas files it was built from: inside GitLab CI their findings go to the merge request'
    )
    .option('--sbom <file>', "SBOM of the image: inside GitLab CI a copy with GitLab's properties is made")
    .option('--gitlab', "write GitLab's reports as well (default where GITLAB_CI is set)")
    .option('--json', 'the paths and the gate for machines (schemas/report.schema.json)')
  withRuntime(command).action(async (image: string, options: Options) => {
    const { io } = context
    const { openSession } = await import('../flow/session.ts')
    const { assessImage } = await import('../flow/assess-image.ts')
    const { writeReports } = await import('../flow/write-reports.ts')
    const session = await openSession(targetChoice(options), io)
    const result = await assessImage(resolve(io.cwd, image), session, io, {
      release: options.release,
      ...runtimeChoice(options, io)
    })
    for (const finding of result.findings) io.stderr.write(formatFinding(finding) + '\n')
    const directory = resolve(io.cwd, options.output)
    const reports = [...(await writeReports(result, directory))]
    if (wantsGitlab(io, options.gitlab)) {
      const { writeGitlab } = await import('../flow/write-gitlab.ts')
      reports.push(...(await writeGitlab(result, { directory, ...options }, io)))
    }
    if (options.json) {
      const { target, headline } = result.assessment
      writeJson(io, { target, headline, gate: result.gate, reports } satisfies ReportJson)
    } else for (const path of reports) io.stdout.write(path + '\n')
    for (const reason of result.gate.reasons) io.stderr.write(`gate: ${reason}\n`)
    if (!result.gate.passed) context.exitCode = exitCodes.gate
  })
}
