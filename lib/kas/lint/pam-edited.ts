import type { LintRule } from './rule.ts'
import { hitsInLayers } from './search.ts'

/** A recipe or script that edits the common files of PAM by hand. */
export const pamEdited: LintRule = {
  code: 'LINT_PAM_EDITED',
  title: 'Edits of /etc/pam.d/common-* by hand',
  severity: 'warning',
  requirement: ['CR 1.11', 'CR 1.7'],
  why: 'pam-auth-update(8) leaves common-* alone once somebody has edited them: every profile that comes later, of ours or of Debian, is lost without a word.',
  fix: "Ship a profile in /usr/share/pam-configs instead; for isar-cip-core's own package our layer does it.",
  find: (context) =>
    hitsInLayers(
      context,
      /(?:post(?:inst|rm)|\.(?:sh|bb|bbappend|inc|bbclass|tmpl))$/,
      /^[^#]*\/etc\/pam\.d\/common-(auth|account|password|session)\b/,
      (match) => `/etc/pam.d/common-${match[1] ?? ''} is edited by hand`
    )
}
