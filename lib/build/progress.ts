/** What the engine tells while it works; the command line prints it, a library may ignore it. */
export interface Progress {
  /** A new phase begins; the former one has ended. */
  phase(title: string): void
  /** A line of a tool's output, for the log. */
  line(text: string): void
  /** Where a counted piece of work stands: task 18 of 35, `isar-image-base: do_rootfs_install`. */
  step?(done: number, of: number, what: string): void
  /** Something the user should know. */
  note(text: string): void
}

/** A progress that says nothing. */
export const silent: Progress = {
  phase: () => undefined,
  line: () => undefined,
  note: () => undefined
}
