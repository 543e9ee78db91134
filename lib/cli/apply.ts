import type { Command } from 'commander'
import { exitCodes } from '../base/errors.ts'
import { formatFinding } from '../base/code-frame.ts'
import {
  layerChoice,
  type LayerOptions,
  targetChoice,
  withLayer,
  withTarget,
  writeJson,
  type CliContext,
  type TargetOptions
} from './context.ts'
import type { ApplyJson } from './results.ts'

interface Options extends TargetOptions, LayerOptions {
  check?: boolean
  force?: boolean
  inPlace?: boolean
  json?: boolean
}

/** `kas-harden apply`: writes overlay and layer into the project. */
export function addApply(program: Command, context: CliContext): void {
  withLayer(withTarget(program.command('apply')))
    .summary('write overlay and isar layer into the project')
    .description(
      "Writes kas-harden/harden.yml and kas-harden/layer/ below the project's root and prints the chain to build. A second run changes nothing."
    )
    .argument('<chain>', 'kas files, joined by colons')
    .option('--check', 'write nothing; exit 1 when the project is not up to date')
    .option('--force', 'overwrite files of ours that were changed by hand')
    .option('--in-place', 'include the overlay in the first kas file, which then builds as it is')
    .option('--json', 'machine-readable')
    .action(async (chain: string, options: Options) => {
      const { io } = context
      const { openSession } = await import('../flow/session.ts')
      const { applyProject } = await import('../flow/apply-project.ts')
      const session = await openSession(targetChoice(options), io)
      const { plan, ...applied } = await applyProject(chain, session, io, {
        ...options,
        layer: layerChoice(options)
      })
      const drift = applied.written.length + applied.removed.length + applied.edited.length
      if (options.check && drift > 0) context.exitCode = exitCodes.gate
      if (options.json) {
        writeJson(io, applied satisfies ApplyJson)
        return
      }
      const verb = options.check ? 'would write' : 'wrote'
      for (const path of shortened(applied.written, plan.layer)) io.stderr.write(`${verb} ${path}\n`)
      for (const path of applied.removed)
        io.stderr.write(`${options.check ? 'would remove' : 'removed'} ${path}\n`)
      for (const path of applied.edited)
        io.stderr.write(`${options.check ? 'would include' : 'included'} the overlay in ${path}\n`)
      if (drift === 0) io.stderr.write('Nothing to change: the project is up to date.\n')
      for (const finding of plan.findings.filter((one) => one.severity === 'warning')) {
        io.stderr.write(formatFinding(finding) + '\n')
      }
      io.stdout.write(applied.buildChain + '\n')
    })
}

/** The paths for people: a copy of the layer is some hundred files, of which only the number matters. */
function shortened(paths: readonly string[], layer: string): string[] {
  const inLayer = paths.filter((path) => path.startsWith(`${layer}/`))
  if (inLayer.length <= 10) return [...paths]
  const others = paths.filter((path) => !inLayer.includes(path))
  return [...others, `${layer}/ (${String(inLayer.length)} files)`]
}
