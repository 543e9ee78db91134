import { listed, type Rule } from './rule.ts'

const where = ['task'] as const

/** apt does not know a package, has no version of it, or can't satisfy its dependencies (apt-get(8)). */
export const aptPackageRules: readonly Rule[] = [
  {
    code: 'PACKAGE_NOT_FOUND',
    kind: 'build',
    where,
    rank: 5,
    patterns: [
      /^E: Unable to locate package (?<name>\S+)/,
      /^E: Couldn't find any package by (?:glob|regex) '(?<name>[^']+)'/
    ],
    explain: (_first, all) => ({
      message: `no package named ${listed(all, 'name')} in the package sources of this build`,
      hint:
        'check the spelling and the Debian release (IMAGE_PREINSTALL takes Debian packages, IMAGE_INSTALL isar ' +
        'recipes), or add the package source that has it to DISTRO_APT_SOURCES'
    })
  },
  {
    code: 'PACKAGE_NO_CANDIDATE',
    kind: 'build',
    where,
    rank: 5,
    patterns: [
      /^E: Package '(?<name>[^']+)' has no installation candidate/,
      /^Package (?<name>\S+) is a virtual package provided by:/
    ],
    explain: (_first, all) => ({
      message: `${listed(all, 'name')} can't be installed: a virtual package, or gone from this Debian release`,
      hint: 'name one of the packages that provide or replace it (the lines before this one in the log list them)'
    })
  },
  {
    code: 'PACKAGE_UNMET_DEPENDENCIES',
    kind: 'build',
    where,
    rank: 5,
    patterns: [
      /^ ?(?<name>[a-z0-9][a-z0-9+.:-]*) : (?:Pre-?)?Depends: (?<need>.+?)(?: but (?<why>.+))?$/,
      /^ ?(?<name>[a-z0-9][a-z0-9+.:-]*) : (?:Breaks|Conflicts): (?<need>.+?)(?: but (?<why>.+))?$/
    ],
    explain: ({ groups }) => ({
      message: `${groups['name'] ?? ''} needs ${groups['need'] ?? ''}${
        groups['why'] === undefined ? '' : `, but ${groups['why']}`
      }`,
      hint:
        'add what is missing to IMAGE_PREINSTALL or IMAGE_INSTALL, or give up one of the packages that exclude ' +
        'each other'
    })
  }
]
