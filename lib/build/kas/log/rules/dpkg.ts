import { listed, type Rule } from './rule.ts'

const where = ['task'] as const

/** dpkg can't unpack or configure a package (dpkg(1), deb-postinst(5)). */
export const dpkgRules: readonly Rule[] = [
  {
    code: 'PAM_EDITED',
    kind: 'build',
    where,
    rank: 4,
    patterns: [/^kas-harden-pam: /],
    explain: () => ({
      message:
        'something edits /etc/pam.d/common-* in this image, so pam-auth-update leaves them alone and the lock-out of ' +
        'kas-harden-pam does not reach them',
      hint:
        'remove what edits them (on isar-cip-core the PAM part of security-customizations: apply replaces it), or run ' +
        'pam-auth-update --force after it'
    })
  },
  {
    code: 'FILE_CONFLICT',
    kind: 'build',
    where,
    rank: 5,
    patterns: [/trying to overwrite (?:shared )?'(?<file>[^']+)', which is also in package (?<owner>\S+)/],
    explain: ({ groups }) => ({
      message: `two packages ship ${groups['file'] ?? ''}; it belongs to ${groups['owner'] ?? ''}`,
      hint:
        'take the file out of the package of this project, or divert it there (dpkg-divert(1), config-package-dev); a ' +
        'drop-in folder beside it needs neither'
    })
  },
  {
    code: 'POSTINST_FAILED',
    kind: 'build',
    where,
    rank: 6,
    patterns: [
      /^ ?(?:installed|new|old) (?<name>\S+) package (?<script>\S+) script subprocess returned error exit status (?<status>\d+)/
    ],
    explain: (_first, all) => ({
      message: `the ${listed(all, 'script')} script of ${listed(all, 'name')} failed with exit status ${listed(all, 'status')}`,
      hint: 'the lines before it in the log of the task are its own words'
    })
  }
]
