import { resolve } from 'node:path'
import type { Io } from '../../base/io.ts'
import { shellWord } from '../quote.ts'
import type { Runtime } from './container.ts'
import { requirePlainPath } from './work-dir.ts'

/** What kas is asked to do. */
export interface KasRequest {
  engine: 'kas' | 'kas-container'
  /** KAS_WORK_DIR with the generated `.config.yaml`. */
  workDir: string
  verb: 'build' | 'checkout'
  /** Recipes instead of the project's own targets. */
  targets?: readonly string[]
  /** bitbake's task instead of the project's own: `rootfs`. */
  task?: string
  /** kas's attestation of what was built: `true`, `mode=min`, `mode=max`. */
  provenance?: string
  /** Handed on to bitbake as they are. */
  bitbakeArgs?: readonly string[]
  /** KAS_MACHINE, where a board is one. */
  machine?: string
  /** kas-container: how it is run. */
  container?: { runtime: Runtime; name: string }
  /** kas-container: more arguments of the container engine, one text as its own `--runtime-args` takes it. */
  runtimeArgs?: string
  /** kas-container: `--isar-privileged` and the like, where the user says it again. */
  mode?: 'isar-privileged' | 'isar-rootless'
}

/** A command with everything a shell needs to run it again. */
export interface KasCommand {
  file: string
  args: readonly string[]
  cwd: string
  /** What we set beyond the caller's environment. */
  env: Readonly<Record<string, string>>
  /** One line to paste. */
  shell: string
}

/** Folders and files kas takes from the environment; we run it elsewhere, so relative ones are made absolute. */
const pathVariables = [
  'KAS_BUILD_DIR',
  'KAS_REPO_REF_DIR',
  'KAS_BUILDTOOLS_DIR',
  'DL_DIR',
  'SSTATE_DIR',
  'BB_HASHSERVE_DB_DIR',
  'GITCONFIG_FILE',
  'NETRC_FILE',
  'NPMRC_FILE',
  'REGISTRY_AUTH_FILE',
  'KAS_GIT_CREDENTIAL_STORE',
  'KAS_SSH_DIR',
  'KAS_AWS_DIR',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'CONTAINERS_CONF'
] as const

/** The variables of `pathVariables` that are set, absolute. */
export function absolutePaths(io: Pick<Io, 'env' | 'cwd'>): Record<string, string> {
  const set = pathVariables.flatMap((name) => {
    const value = io.env[name]
    return value === undefined || value === '' ? [] : [[name, resolve(io.cwd, value)] as const]
  })
  return Object.fromEntries(set)
}

/**
 * The command for a request (kas 5.5 `kas build`, kas-container 5.5). Everything else of the caller's environment
 * (KAS_*, SSTATE_MIRRORS, DISTRO_APT_PREMIRRORS, proxies, ...) reaches kas as it is.
 * @throws HardenError usage `PATH_WITH_BLANKS` for paths kas-container can't take.
 */
export function kasCommand(request: KasRequest, io: Pick<Io, 'env' | 'cwd'>): KasCommand {
  const container = request.engine === 'kas-container' ? request.container : undefined
  const paths = absolutePaths(io)
  const moved = Object.entries(paths).filter(([name, value]) => io.env[name] !== value)
  const env: Record<string, string> = {
    ...Object.fromEntries(moved),
    KAS_WORK_DIR: request.workDir,
    ...(request.machine === undefined ? {} : { KAS_MACHINE: request.machine }),
    ...(container ? { KAS_CONTAINER_ENGINE: container.runtime } : {})
  }
  if (request.engine === 'kas-container') {
    for (const [name, value] of Object.entries({ ...paths, KAS_WORK_DIR: request.workDir })) {
      requirePlainPath(name, value)
    }
  }
  const runtimeArgs = [...(container ? [`--name ${container.name}`] : []), request.runtimeArgs ?? '']
    .filter((text) => text !== '')
    .join(' ')
  const build = request.verb === 'build'
  const bitbakeArgs = build ? (request.bitbakeArgs ?? []) : []
  const args = [
    ...(container && request.mode ? [`--${request.mode}`] : []),
    ...(container && runtimeArgs !== '' ? ['--runtime-args', runtimeArgs] : []),
    request.verb,
    ...(build ? (request.targets ?? []).flatMap((target) => ['--target', target]) : []),
    ...(build && request.task !== undefined ? ['--task', request.task] : []),
    ...(build && request.provenance !== undefined ? ['--provenance', request.provenance] : []),
    ...(bitbakeArgs.length > 0 ? ['--', ...bitbakeArgs] : [])
  ]
  const file = request.engine
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${word(value)}`)
  const shell = `cd ${word(request.workDir)} && ${[...assignments, file, ...args.map(word)].join(' ')}`
  return { file, args, cwd: request.workDir, env, shell }
}

/** A word for the shell, quoted only where it has to be. */
function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : shellWord(text)
}
