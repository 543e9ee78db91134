import { Command, CommanderError } from 'commander'
import { exitCodes } from '../base/errors.ts'
import type { Exec } from '../base/exec.ts'
import type { Io } from '../base/io.ts'
import { addApply } from './apply.ts'
import { addBuild } from './build.ts'
import { addCatalogue } from './catalogue.ts'
import { addCi } from './ci.ts'
import type { CliContext, CliWorld } from './context.ts'
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
import { reportError } from './report-error.ts'
import { addVerify } from './verify.ts'
import { version } from './version.ts'

/** The whole command line as a function: the world in, exit code out. */
export async function runCommandLine(world: Io | CliWorld): Promise<number> {
  const io: Io = 'exec' in world ? world : { ...world, exec: notLoaded }
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
  program.hook('preAction', async () => {
    if ('loadExec' in world) context.io = { ...world, exec: await world.loadExec() }
  })
  for (const add of [
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
    addCi
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

/** Parsing and help run no program. */
const notLoaded: Exec = {
  run: () => Promise.reject(new Error('a program was run before the verb')),
  stream: () => {
    throw new Error('a program was run before the verb')
  }
}
