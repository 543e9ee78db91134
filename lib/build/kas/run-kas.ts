import { createWriteStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HardenError } from '../../base/errors.ts'
import type { Io } from '../../base/io.ts'
import type { Progress } from '../progress.ts'
import type { KasCommand } from './command.ts'
import { stopContainer, type ContainerRef } from './container.ts'
import type { ConfOrigin, Diagnosis } from './diagnosis.ts'
import { clearIsarLeftovers } from './isar-leftovers.ts'
import { endBitbakeServer } from './leftovers.ts'
import { diagnose } from './log/diagnose.ts'
import { logEvent } from './log/parse-log.ts'
import type { LogEvent } from './log-event.ts'

/** What a run of kas needs beside its command. */
export interface KasRunContext {
  engine: 'kas' | 'kas-container'
  /** Where the log is kept: `<workDir>/log`. */
  logDir: string
  /** TMPDIR's parent on this machine, where bitbake keeps its lock. */
  buildDir: string
  /** The container that has to be gone afterwards. */
  container?: ContainerRef
  hostPath: (path: string) => string
  confOrigin: (line: number) => ConfOrigin | undefined
}

/** A run of kas that ended well. */
export interface KasRun {
  logPath: string
  /** When it began by the clock of the file system that holds the log, in milliseconds; for comparison with files. */
  startedAt: number
  /** Version of kas that ran, inside the container where there is one. */
  kasVersion?: string
  /** bitbake's sum; absent where bitbake was not run. */
  summary?: Extract<LogEvent, { kind: 'summary' }>
  warnings: number
}

/** After SIGTERM kas and bitbake may take so long to end by themselves, in milliseconds. */
const grace = 30_000

/**
 * Runs kas or kas-container to its end, in a process group of its own and never on a terminal (kas-container would
 * merge both streams), and keeps every line it says as a file.
 * @throws HardenError `INTERRUPTED` when nothing of it runs any more; else as `diagnose` says: build (exit code 4)
 *   or environment (3), with the task's log as path.
 */
export async function runKas(
  command: KasCommand,
  context: KasRunContext,
  io: Io,
  progress: Progress
): Promise<KasRun> {
  await mkdir(context.logDir, { recursive: true })
  const logPath = join(context.logDir, `${timeStamp(io.now())}-${command.args.includes('checkout') ? 'checkout' : 'build'}.log`)
  const log = createWriteStream(logPath)
  await new Promise<void>((resolve, reject) => {
    log.once('open', () => { resolve() }).once('error', reject)
  })
  // A full disk shall end as the diagnosis of the build, not as a crash of ours.
  let logProblem: Error | undefined
  log.on('error', (error) => { logProblem ??= error })
  log.write(`$ ${command.shell}\n`)
  const startedAt = (await stat(logPath)).ctimeMs
  progress.note(`log: ${logPath}`)
  const follow = follower(progress)
  let exitCode: number
  try {
    const done = await io.exec.run(command.file, command.args, {
      cwd: command.cwd,
      env: command.env,
      groupGrace: grace,
      discard: true,
      onLine: (line) => {
        log.write(line + '\n')
        follow.line(line)
      }
    })
    exitCode = done.exitCode
  } catch (error) {
    await cleanUp(context, io, progress)
    if (!(error instanceof HardenError) || error.kind !== 'interrupted') throw error
    throw new HardenError('interrupted', 'INTERRUPTED', 'The build was interrupted.', {
      hint: `Its log: ${logPath}. The next build goes on where this one stopped.`,
      cause: error
    })
  } finally {
    await new Promise((resolve) => log.end(resolve))
  }
  if (logProblem) progress.note(`the log is incomplete: ${logProblem.message}`)
  if (exitCode !== 0) {
    if (exitCode < 0 || exitCode > 128) await cleanUp(context, io, progress)
    const { engine, hostPath, confOrigin } = context
    throw new BuildFailure(await diagnose({ exitCode, engine, logPath, hostPath, confOrigin }), logPath)
  }
  return { logPath, startedAt, ...follow.seen }
}

/** Ends what outlives kas: the container by its name, or bitbake's server, which has a session of its own. */
async function cleanUp(context: KasRunContext, io: Io, progress: Progress): Promise<void> {
  const { container, buildDir } = context
  if (container) {
    if (await stopContainer(container, io)) return
    progress.note(`the container ${container.name} still runs: ${[...container.client, 'rm', '-f', container.name].join(' ')}`)
    return
  }
  if (!(await endBitbakeServer(buildDir, io))) progress.note(`a bitbake server still runs for ${buildDir}`)
  const mounts = await clearIsarLeftovers(buildDir, io)
  if (mounts.length > 0) {
    progress.note(`still mounted below the build directory; unmount before you remove it:\n${mounts.map((one) => `    sudo umount -l ${one}`).join('\n')}`)
  }
}

/** A failed build: what the diagnosis says, as an error. Its codes are those of docs/failures.md. */
export class BuildFailure extends HardenError {
  readonly diagnosis: Diagnosis
  /** Of kas with all it called, on this machine. */
  readonly logPath: string

  constructor(diagnosis: Diagnosis, logPath: string) {
    const { code, message, hint, kind, evidence, path, range, taskLog } = diagnosis
    const lines = [message, ...evidence.map((line) => `    ${line}`)]
    if (taskLog !== undefined) lines.push(`  log of the task: ${taskLog}`)
    lines.push(`  whole log: ${logPath}`)
    const place = path !== undefined && range ? [{ code, severity: 'error' as const, message, path, range, hint }] : []
    super(kind, code, lines.join('\n'), { hint, path, findings: place })
    this.diagnosis = diagnosis
    this.logPath = logPath
  }
}

/** Log lines to progress, and what is worth remembering of them. */
function follower(progress: Progress) {
  const seen: Pick<KasRun, 'kasVersion' | 'summary' | 'warnings'> = { warnings: 0 }
  let phase = ''
  const enter = (title: string) => {
    if (phase === title) return
    phase = title
    progress.phase(title)
  }
  const on = (event: LogEvent) => {
    if (event.kind === 'kas-started') {
      seen.kasVersion = event.version
      enter(`kas ${event.version}: check out`)
    } else if (event.kind === 'parsed') enter('bitbake: prepare')
    else if (event.kind === 'sstate') {
      progress.note(`shared state: ${event.wanted - event.missed} of ${event.wanted} tasks are there already`)
    } else if (event.kind === 'task') {
      enter(event.how === 'setscene' ? 'bitbake: shared state' : 'bitbake: build')
      progress.step?.(event.n, event.of, `${event.recipe}: ${event.task}`)
    } else if (event.kind === 'warning') {
      seen.warnings++
      progress.note(`warning: ${event.text}`)
    } else if (event.kind === 'task-state' && event.state === 'failed') {
      progress.note(`failed: ${event.recipe}: ${event.task}`)
    } else if (event.kind === 'summary') seen.summary = event
  }
  return {
    seen,
    line(text: string) {
      if (phase === '') enter('start')
      const event = logEvent(text)
      if (event) on(event)
      progress.line(text)
    }
  }
}

/** `20261122-090405`, for names of files. */
function timeStamp(now: number): string {
  return new Date(now).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
}
