import { HardenError } from '../../base/errors.ts'
import type { Io } from '../../base/io.ts'
import { answers, ask, type Runtime } from './container.ts'
import { engineNamed, type EngineName } from './engine-name.ts'

/** The engine that builds, and why it is this one. */
export interface ChosenEngine {
  engine: EngineName
  /** For people: what speaks for it, and what spoke against the ones before it. */
  reason: string
  /** kas-container: what runs the container. */
  runtime?: Runtime
}

/** Whether kas-container could run here, and with what. */
export interface ContainerChoice {
  runtime?: Runtime
  /** Why this runtime, or why none. */
  reason: string
  remedy?: string
}

/** Whether we are inside the container kas-container started: kas is at hand then and no container engine. */
export function insideKasContainer(io: Pick<Io, 'env'>): boolean {
  return (io.env['KAS_CONTAINER_SCRIPT_VERSION'] ?? '') !== ''
}

/**
 * What runs containers here. KAS_CONTAINER_ENGINE (formerly KAS_DOCKER_ENGINE) decides where it is set; else docker
 * when its daemon answers, else podman. kas-container itself takes docker as soon as a client is installed, which
 * hides a working podman; the result is handed to it as KAS_CONTAINER_ENGINE.
 * @param rootless whether the build system is isar-rootless: podman comes first then and needs no root.
 */
export async function chooseRuntime(io: Pick<Io, 'exec' | 'env'>, rootless: boolean): Promise<ContainerChoice> {
  const set = io.env['KAS_CONTAINER_ENGINE'] ?? io.env['KAS_DOCKER_ENGINE']
  if (set !== undefined && set !== '') {
    if (set !== 'docker' && set !== 'podman') {
      return { reason: `KAS_CONTAINER_ENGINE is '${set}'`, remedy: 'kas-container knows docker and podman.' }
    }
    const answer = await answers(io, set, rootless)
    return answer.ok
      ? { runtime: set, reason: `${set} ${answer.said} answers (KAS_CONTAINER_ENGINE)` }
      : { reason: `${set} (KAS_CONTAINER_ENGINE) doesn't answer: ${answer.said}`, remedy: remedyOf(set, rootless) }
  }
  const failures: string[] = []
  const order: readonly Runtime[] = rootless ? ['podman', 'docker'] : ['docker', 'podman']
  for (const runtime of order) {
    const answer = await answers(io, runtime, rootless)
    if (answer.ok) return { runtime, reason: [`${runtime} ${answer.said} answers`, ...failures].join('; ') }
    failures.push(`${runtime}: ${answer.said}`)
  }
  return { reason: failures.join('; '), remedy: remedyOf('podman', rootless) }
}

/** What makes a container engine answer. */
export function remedyOf(runtime: Runtime, rootless: boolean): string {
  if (runtime === 'docker') return 'Start the docker daemon, or set KAS_CONTAINER_ENGINE=podman.'
  return rootless
    ? 'apt-get install podman uidmap catatonit'
    : 'apt-get install podman catatonit sudo, and allow `sudo podman` without a password: privileged isar needs root.'
}

/** What chooses an engine. */
export interface EngineWish {
  /** By name or former name; absent: the first that works. */
  engine?: string
  rootless: boolean
}

/**
 * The engine that builds: the one asked for; else kas inside its container, kas-container where docker or podman
 * answers, kas on the PATH. The embedded engine is no stand-in for isar and is taken only when asked for.
 * @throws HardenError usage `ENGINE_UNKNOWN`; environment `NO_ENGINE`, `NO_CONTAINER_ENGINE`.
 */
export async function chooseEngine(wish: EngineWish, io: Io): Promise<ChosenEngine> {
  const wanted = wish.engine === undefined ? undefined : engineNamed(wish.engine)
  if (wanted === 'mmdebstrap' || wanted === 'kas') return { engine: wanted, reason: 'asked for' }
  if (wanted === undefined && insideKasContainer(io)) {
    return { engine: 'kas', reason: 'this is the container of kas-container' }
  }
  const container = await chooseRuntime(io, wish.rootless)
  const script = await ask(io, ['kas-container', '--version'])
  const refused = io.uid === 0 && io.env['KAS_ALLOW_ROOT'] !== 'yes'
  if (wanted === 'kas-container') {
    if (container.runtime) return { engine: wanted, reason: container.reason, runtime: container.runtime }
    throw new HardenError('environment', 'NO_CONTAINER_ENGINE', `No container engine works here: ${container.reason}.`, {
      hint: container.remedy
    })
  }
  if (container.runtime && script.ok && !refused) {
    return { engine: 'kas-container', reason: container.reason, runtime: container.runtime }
  }
  const against = container.runtime === undefined
    ? container.reason
    : script.ok
      ? 'kas-container refuses root without KAS_ALLOW_ROOT=yes'
      : `kas-container: ${script.said}`
  const kas = await ask(io, ['kas', '--version'])
  if (kas.ok) return { engine: 'kas', reason: `${kas.said.split(' (')[0] ?? kas.said} is on the PATH (no kas-container: ${against})` }
  throw new HardenError('environment', 'NO_ENGINE', `Nothing here can build with isar: ${against}; kas: ${kas.said}.`, {
    hint: '`kas-harden doctor` says what to install; --engine mmdebstrap builds the base image without isar.'
  })
}
