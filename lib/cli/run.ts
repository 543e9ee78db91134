import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { formatFinding } from '../base/code-frame.ts'
import { exitCodes, HardenError } from '../base/errors.ts'
import type { Progress } from '../build/progress.ts'
import type { AssessedImage } from '../flow/assess-image.ts'
import {
  targetChoice,
  wantsGitlab,
  withTarget,
  writeJson,
  type CliContext,
  type TargetOptions
} from './context.ts'
import { ended, kasChoice, withKas, type KasOptions } from './kas-options.ts'
import type { RunJson } from './results.ts'
import { runtimeChoice, withRuntime, type RuntimeOptions } from './runtime-options.ts'

interface Options extends TargetOptions, KasOptions, RuntimeOptions {
  output?: string
  mirror?: string
  securityMirror?: string
  allowIncomplete?: boolean
  comparePlain?: boolean
  exampleKey?: boolean
  boot?: boolean
  gitlab?: boolean
  json?: boolean
}

/** `kas-harden run`: apply, build, SBOM, verify and report in one go. */
export function addRun(program: Command, context: CliContext): void {
  withRuntime(withKas(withTarget(program.command('run'))))
    .summary('apply, build, describe, verify and report in one go')
    .description(
      'Hardens the kas project, builds its image, writes the SBOM, verifies the image and writes the report. --allow-incomplete, --compare-plain, --example-key, --boot and the mirrors belong to the embedded engine (--engine mmdebstrap).'
    )
    .argument('<chain>', 'kas files, joined by colons')
    .option('-o, --output <directory>', 'where the artefacts go')
    .option('--mirror <uri>', 'Debian mirror (default: the one of this machine)')
    .option('--security-mirror <uri>', "mirror of Debian's security updates")
    .option('--allow-incomplete', 'build although the project holds parts only isar can build')
    .option('--compare-plain', 'build the plain image as well and show both side by side')
    .option('--example-key', 'make throw-away operator keys and mark the image as an example')
    .option('--boot', 'boot what was built in QEMU and log in with the example key')
    .option('--gitlab', "write GitLab's reports as well (default where GITLAB_CI is set)")
    .option('--json', 'the paths and the gate for machines (schemas/run.schema.json)')
    .action(async (chain: string, options: Options) => {
      const { io } = context
      const { terminalProgress } = await import('./progress.ts')
      const progress = terminalProgress(io)
      const running = runChosen(chain, options, context, progress)
      const result = await running
        .then(ended(progress))
        .finally(() => {
          progress.stop()
        })
        .catch(async (error: unknown) => {
          if (options.output !== undefined) {
            const { keepLogs } = await import('../flow/keep-log.ts')
            await keepLogs(error, resolve(io.cwd, options.output))
          }
          throw error
        })
      const reports = [...result.reports]
      if (wantsGitlab(io, options.gitlab)) {
        const { writeGitlab } = await import('../flow/write-gitlab.ts')
        const directory = dirname(result.reports[0] ?? '')
        const { release, config } = options
        const choice = { directory, chain, release, config, sbom: result.sbom }
        reports.push(...(await writeGitlab(result.assessed, choice, io)))
      }
      const { assessment, verification, gate, findings } = result.assessed
      for (const finding of findings) io.stderr.write(formatFinding(finding) + '\n')
      if (options.json) {
        const { target, headline } = assessment
        const { engine, image, sbom, log, comparison } = result
        writeJson(io, {
          target,
          headline,
          gate,
          engine,
          image,
          sbom,
          reports,
          log,
          comparison
        } satisfies RunJson)
      } else {
        const { renderTerminal } = await import('../report/terminal.ts')
        io.stdout.write(
          renderTerminal(assessment, verification, {
            columns: io.stdout.columns,
            colour: io.stdout.isTTY === true && !io.env['NO_COLOR'],
            reports: result.reports
          })
        )
        io.stdout.write('\n' + result.closing)
      }
      for (const reason of gate.reasons) io.stderr.write(`gate: ${reason}\n`)
      if (!gate.passed) context.exitCode = exitCodes.gate
    })
}

/** Options of the embedded engine that would be promised and not kept by kas. */
const embeddedOnly = [
  'mirror',
  'securityMirror',
  'allowIncomplete',
  'comparePlain',
  'exampleKey',
  'boot'
] as const

/** What both ways of building give. */
type Ran = Pick<RunJson, 'engine' | 'image' | 'sbom' | 'reports' | 'log' | 'comparison'> & {
  assessed: AssessedImage
  closing: string
}

async function runChosen(
  chain: string,
  options: Options,
  { io }: CliContext,
  progress: Progress
): Promise<Ran> {
  const { whichEngine } = await import('../flow/which-engine.ts')
  const kas = kasChoice(options)
  const { release, output, config } = options
  const engine = await whichEngine(chain, { engine: kas.engine, mode: kas.mode, release, config }, io)
  if (engine.engine === 'mmdebstrap') {
    const { runAll } = await import('../flow/run-all.ts')
    const ran = await runAll(chain, targetChoice(options), io, progress, {
      ...options,
      ...runtimeChoice(options, io)
    })
    return { ...ran, engine: 'mmdebstrap', image: ran.built.artefacts.wic }
  }
  const given = embeddedOnly.find((name) => options[name] !== undefined)
  if (given !== undefined || (kas.boards?.length ?? 0) > 1) {
    throw new HardenError(
      'usage',
      'ENGINE_OPTION',
      given
        ? `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} belongs to the embedded engine.`
        : 'A run is for one board.',
      {
        hint: given
          ? 'Add --engine mmdebstrap, or leave it out.'
          : '`kas-harden build --board a,b` builds several; verify and report each.'
      }
    )
  }
  const { runWithKas } = await import('../flow/run-all-kas.ts')
  const { boards, ...choice } = kas
  const ran = await runWithKas(chain, targetChoice(options), io, progress, {
    ...choice,
    engine,
    board: boards?.[0],
    release,
    results: runtimeChoice(options, io),
    output: output === undefined ? undefined : resolve(io.cwd, output)
  })
  return { ...ran, engine: engine.engine, log: ran.built.log }
}
