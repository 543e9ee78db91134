import type { Range } from '../../base/finding.ts'

/** A local_conf_header block a line of the generated local.conf came from. */
export interface ConfOrigin {
  /** Key of the block, `zz-kas-harden-settings`. */
  key: string
  /** Kas file and line that wrote it. */
  path: string
  line: number
  /** Whether kas-harden wrote it. */
  ours: boolean
}

/** A build that ended badly, as far as a diagnosis may look at it. */
export interface FailedBuild {
  /** Exit code of kas, the container engine or the script between them. */
  exitCode: number
  engine: 'kas' | 'kas-container'
  /** The kept log, every line of both streams. It can be hundreds of megabytes. */
  logPath: string
  /** A path of the log as it is on this machine: inside a container `/work/build` is another folder. */
  hostPath: (path: string) => string
  /** Who wrote a line (from 1) of the generated conf/local.conf. */
  confOrigin: (line: number) => ConfOrigin | undefined
}

/** Why a build failed, in one sentence, and what to do about it. */
export interface Diagnosis {
  /** Stable, `PACKAGE_NOT_FOUND`; `BUILD_FAILED` where no rule knows better. */
  code: string
  message: string
  hint?: string
  /** `environment` where nothing is wrong with the project (no engine, disk full), else `build`. */
  kind: 'build' | 'environment'
  /** The lines of the log that say so, without kas's prefix, at most ten. */
  evidence: readonly string[]
  /** File to look at: the kas file of the block, else the log of the task on this machine. */
  path?: string
  range?: Range
  /** Log of the task that failed, on this machine. */
  taskLog?: string
}
