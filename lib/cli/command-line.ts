import { Command, CommanderError } from 'commander'
import { exitCodes } from '../base/errors.ts'
import type { Io } from '../base/io.ts'
import { addApply } from './apply.ts'
import { addBuild } from './build.ts'
import { addCatalogue } from './catalogue.ts'
import type { CliContext } from './context.ts'
import { addExplain } from './explain.ts'
import { addLint } from './lint.ts'
import { addPackages } from './packages.ts'
import { addPlan } from './plan.ts'
import { addRemove } from './remove.ts'
import { addReport } from './report.ts'
import { addRun } from './run.ts'
import { addSbom } from './sbom.ts'
import { reportError } from './report-error.ts'
import { addVerify } from './verify.ts'
import { version } from './version.ts'

/** The whole command line as a function: `io` in, exit code out. */
export async function runCommandLine(io: Io): Promise<number> {
  const context: CliContext = { io, exitCode: 0 }
  const program = new Command('kas-harden')
    .description('Hardens Debian images built with isar and kas against IEC 62443-4-2.')
    .version(version(), '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100
    })
    .showHelpAfterError('(kas-harden --help shows what there is)')
    .addHelpText(
      'after',
      '\nExit codes: 0 gate passed, 1 gate not passed, 2 usage or configuration, 3 environment missing,\n4 build failed, 5 runtime tests could not run, 70 our bug, 130 interrupted.'
    )
  for (const add of [
    addPlan,
    addApply,
    addRemove,
    addBuild,
    addSbom,
    addVerify,
    addReport,
    addRun,
    addLint,
    addPackages,
    addCatalogue,
    addExplain
  ]) {
    add(program, context)
  }
  try {
    await program.parseAsync([...io.argv], { from: 'user' })
    return context.exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
    return reportError(error, io)
  }
}
