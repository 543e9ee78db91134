import { HardenError } from '../../base/errors.ts'
import type { Io } from '../../base/io.ts'

/** The program that runs containers. */
export type Runtime = 'docker' | 'podman'

/** A container we started, and how to speak to the engine that has it. */
export interface ContainerRef {
  name: string
  /** `['sudo', '-n', 'podman']` where kas-container uses root's store. */
  client: readonly string[]
}

/** Milliseconds a question to a container engine may take. */
const patience = 20_000

/** What one question to an engine gave; never throws but on interruption. */
export interface Answer {
  ok: boolean
  /** First line of what it said. */
  said: string
  missing: boolean
}

/**
 * Runs a short command. A program that isn't there is an answer, too.
 * @param signal overrides the interrupt of the whole run, for cleaning up behind it.
 */
export async function ask(io: Pick<Io, 'exec'>, command: readonly string[], signal?: AbortSignal): Promise<Answer> {
  const [file = '', ...args] = command
  try {
    const done = await io.exec.run(file, args, { timeout: patience, signal })
    const text = done.exitCode === 0 ? done.stdout.toString('utf8') : done.stderr || done.stdout.toString('utf8')
    const said = text.split('\n').find((line) => line.trim() !== '') ?? ''
    return { ok: done.exitCode === 0, said: done.timedOut ? 'no answer' : said.trim(), missing: false }
  } catch (error) {
    if (error instanceof HardenError && error.code === 'TOOL_MISSING') return { ok: false, said: 'not installed', missing: true }
    throw error
  }
}

/**
 * The client kas-container 5.5 uses: privileged isar needs root's podman, through sudo even for root itself;
 * rootless isar and docker run as the user.
 */
export function clientOf(runtime: Runtime, rootless: boolean, sudo = 'sudo'): readonly string[] {
  return runtime === 'podman' && !rootless ? [sudo, '-n', 'podman'] : [runtime]
}

/** Whether the engine answers: a docker client without its daemon doesn't. */
export async function answers(io: Pick<Io, 'exec'>, runtime: Runtime, rootless: boolean): Promise<Answer> {
  const client = clientOf(runtime, rootless)
  return runtime === 'docker'
    ? await ask(io, [...client, 'info', '--format', '{{.ServerVersion}}'])
    : await ask(io, [...client, 'version', '--format', '{{.Client.Version}}'])
}

/**
 * Stops a container by its name and makes sure it has gone (kas-container leaves it running when only the script
 * died). Returns false when it is still there. The run's own interrupt doesn't stop this.
 */
export async function stopContainer(container: ContainerRef, io: Pick<Io, 'exec'>): Promise<boolean> {
  const { signal } = new AbortController()
  const list = [...container.client, 'ps', '-a', '-q', '--filter', `name=^${container.name}$`]
  if (isGone(await ask(io, list, signal))) return true
  await ask(io, [...container.client, 'stop', '-t', '15', container.name], signal)
  if (isGone(await ask(io, list, signal))) return true
  await ask(io, [...container.client, 'rm', '-f', container.name], signal)
  return isGone(await ask(io, list, signal))
}

function isGone(answer: Answer): boolean {
  return answer.ok && answer.said === ''
}
