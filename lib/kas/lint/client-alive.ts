import type { LintRule } from './rule.ts'
import { hitsInLayers } from './search.ts'

/** An sshd setting that no longer does what it was written for. */
export const clientAlive: LintRule = {
  code: 'LINT_CLIENT_ALIVE_COUNT',
  title: 'ClientAliveCountMax 0 ends no session',
  severity: 'warning',
  requirement: ['CR 2.6'],
  why: 'Since OpenSSH 8.2 a count of 0 disables the end of dead sessions (sshd_config(5)); it never measured inactivity.',
  fix: 'Write ClientAliveCountMax 1 with an interval, and end idle sessions with TMOUT or ChannelTimeout.',
  find: (context) =>
    hitsInLayers(
      context,
      /(?:ssh|\.conf$|postinst|\.sh$|\.bb$|\.inc$)/,
      /^\s*ClientAliveCountMax[\s=]+"?0"?\s*$/i,
      () => 'ClientAliveCountMax 0 disables what it should do'
    )
}
