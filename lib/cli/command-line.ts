import { CommanderError } from 'commander'
import { exitCodes } from '../base/errors.ts'
import type { Exec } from '../base/exec.ts'
import type { Io } from '../base/io.ts'
import type { CliContext, CliWorld } from './context.ts'
import { errorForMachines } from './error-json.ts'
import { buildProgram } from './program.ts'
import { reportError } from './report-error.ts'

/** The whole command line as a function: the world in, exit code out. */
export async function runCommandLine(world: Io | CliWorld): Promise<number> {
  const io: Io = 'exec' in world ? world : { ...world, exec: notLoaded }
  const context: CliContext = { io, exitCode: 0 }
  const program = buildProgram(context)
  program.hook('preAction', async () => {
    if ('loadExec' in world) context.io = { ...world, exec: await world.loadExec() }
  })
  try {
    await program.parseAsync([...io.argv], { from: 'user' })
    return context.exitCode
  } catch (error) {
    const shown = error instanceof CommanderError
    if (shown && error.exitCode === 0) return 0
    const code = shown ? exitCodes.usage : reportError(error, io)
    if (wantsJson(io.argv)) io.stdout.write(errorForMachines(error))
    return code
  }
}

/** `--json` anywhere before `--`: a verb that could not even parse its options answers in JSON, too. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? undefined : end).includes('--json')
}

/** Parsing and help run no program. */
const notLoaded: Exec = {
  run: () => Promise.reject(new Error('a program was run before the verb')),
  stream: () => {
    throw new Error('a program was run before the verb')
  }
}
