import { Command } from 'commander'
import { addApply } from './apply.ts'
import { addBuild } from './build.ts'
import { addCatalogue } from './catalogue.ts'
import { addCi } from './ci.ts'
import { addCompletion } from './completion.ts'
import type { CliContext } from './context.ts'
import { addDoctor } from './doctor.ts'
import { addExplain } from './explain.ts'
import { addGaps } from './gaps.ts'
import { addLint } from './lint.ts'
import { addPackages } from './packages.ts'
import { addPlan } from './plan.ts'
import { addRemove } from './remove.ts'
import { addReport } from './report.ts'
import { addRun } from './run.ts'
import { addSbom } from './sbom.ts'
import { addVerify } from './verify.ts'
import { version } from './version.ts'

const verbs = [
  addPlan,
  addApply,
  addRemove,
  addBuild,
  addDoctor,
  addSbom,
  addVerify,
  addGaps,
  addReport,
  addRun,
  addLint,
  addPackages,
  addCatalogue,
  addExplain,
  addCi,
  addCompletion
]

/**
 * Every verb with its options: help, manual page and completion are made of this one tree. What commander says goes
 * to the context's sinks.
 */
export function buildProgram(context: CliContext): Command {
  const program = new Command('kas-harden')
    .description('Hardens Debian images built with isar and kas against IEC 62443-4-2.')
    .version(version(), '-V, --version')
    .exitOverride()
    // `sbom check --json` is check's own option, not the one of `sbom`.
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => void context.io.stdout.write(text),
      writeErr: (text) => void context.io.stderr.write(text),
      getOutHelpWidth: () => context.io.stdout.columns ?? 100,
      getErrHelpWidth: () => context.io.stderr.columns ?? 100
    })
    .showHelpAfterError('(kas-harden --help shows what there is)')
    .addHelpText(
      'after',
      '\nExit codes: 0 gate passed, 1 gate not passed, 2 usage or configuration, 3 environment missing,\n4 build failed, 5 runtime tests could not run, 70 our bug, 130 interrupted.'
    )
  for (const add of verbs) add(program, context)
  return program
}
