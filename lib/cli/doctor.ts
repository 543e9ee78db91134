import type { Command } from 'commander'
import { exitCodes } from '../base/errors.ts'
import type { ProbeRow } from '../build/kas/probe.ts'
import { writeJson, type CliContext } from './context.ts'

/** `kas-harden doctor`: which engines work here, and what to install. */
export function addDoctor(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .summary('say which engines work on this machine')
    .description(
      'Looks for kas-container, docker or podman, kas with the host tools of isar, and the embedded engine; each with what is missing and how to get it. Changes nothing. Exit code 3 when nothing can build.'
    )
    .argument('[chain]', 'kas files, joined by colons: what this project needs')
    .option('--work-dir <directory>', 'KAS_WORK_DIR of the build')
    .option('--release <codename>', "Debian release, where it can't be read")
    .option('--json', 'machine-readable')
    .action(
      async (chain: string | undefined, options: { workDir?: string; release?: string; json?: boolean }) => {
        const { io } = context
        const { doctor } = await import('../flow/doctor.ts')
        const found = await doctor(chain, io, options)
        if (options.json) writeJson(io, found)
        else {
          for (const engine of ['kas-container', 'kas', 'mmdebstrap'] as const) {
            const works = found.usable.includes(engine)
            io.stdout.write(`${engine}: ${works ? 'works here' : 'does not work here'}\n`)
            for (const row of found.rows.filter((one) => one.engine === engine)) io.stdout.write(shown(row))
          }
          io.stdout.write('beside them:\n')
          for (const row of found.rows.filter((one) => one.engine === undefined)) io.stdout.write(shown(row))
          io.stdout.write(
            found.chosen
              ? `\n\`kas-harden build\` takes ${found.chosen.engine}: ${found.chosen.reason}\n`
              : `\n${found.reason ?? ''}\n`
          )
        }
        if (found.usable.length === 0) context.exitCode = exitCodes.environment
      }
    )
}

const marks = { ok: 'ok     ', missing: 'missing', note: 'note   ' } as const

function shown({ state, detail, remedy }: ProbeRow): string {
  return `  ${marks[state]}  ${detail}\n${state !== 'ok' && remedy ? `           -> ${remedy}\n` : ''}`
}
