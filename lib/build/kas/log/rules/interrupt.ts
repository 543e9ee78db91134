import type { Rule } from './rule.ts'

/** Somebody, or the kernel for want of memory, ended the build. */
export const interruptRules: readonly Rule[] = [
  {
    code: 'CANCELLED',
    kind: 'environment',
    where: ['kas', 'engine'],
    rank: 0,
    patterns: [/^kas (?:execution cancelled|terminated forcefully)$/],
    explain: () => ({
      message: 'the build was cancelled by a signal',
      hint: 'run the same command again: finished tasks are not repeated'
    })
  },
  {
    code: 'KILLED',
    kind: 'environment',
    where: ['kas', 'task', 'engine'],
    rank: 2,
    patterns: [
      /^ERROR: Worker process \((?<pid>[^)]*)\) exited unexpectedly \((?:-9|137)\)/,
      /^ERROR: Task \(.*\) failed with exit code '(?:-9|137)'/,
      /(?:^|: line \d+: +\d+ )Killed(?:\s|$)/,
      /terminated by signal 9\b|killed by signal 9\b|(?:exit (?:code|status)|signal) (?:137|SIGKILL)\b/,
      /^WARNING: exit code 137 from a shell command/,
      /virtual memory exhausted|[Cc]annot allocate memory|fatal error: Killed signal/
    ],
    explain: () => ({
      message: 'a part of the build was killed, most often by the kernel because memory ran out',
      hint:
        'look for "Out of memory" in the kernel log (dmesg) of this machine or the limits of the container; ' +
        'BB_NUMBER_THREADS=2 PARALLEL_MAKE=-j2 needs less'
    })
  }
]
