/** What one line of the output of kas and bitbake means (facts: the knotty UI without a terminal). */
export type LogEvent =
  /** kas itself runs: before it, everything that went wrong is the engine's or the container's. */
  | { kind: 'kas-started'; version: string }
  /** bitbake reads recipes. */
  | { kind: 'parsed'; recipes: number }
  /** How much of the work is already there. */
  | { kind: 'sstate'; wanted: number; missed: number }
  /** Task `n` of `of` begins; counts of setscene tasks are their own. */
  | {
      kind: 'task'
      n: number
      of: number
      /** Short name of the recipe: `isar-image-base`. */
      recipe: string
      /** `do_rootfs_install`. */
      task: string
      how: 'run' | 'setscene' | 'noexec'
      /** `qemuamd64-bookworm` of `mc:qemuamd64-bookworm:...`. */
      multiconfig?: string
    }
  | { kind: 'task-state'; recipe: string; task: string; state: 'started' | 'succeeded' | 'failed' }
  | { kind: 'warning'; text: string }
  | { kind: 'error'; text: string }
  /** bitbake's own sum: `Attempted n tasks of which m didn't need to be rerun`. */
  | { kind: 'summary'; attempted: number; notRerun: number; succeeded: boolean }
  /** kas was cancelled by a signal. */
  | { kind: 'cancelled' }
