import type { Rule } from './rule.ts'

const where = ['kas', 'engine'] as const

/** kas can't read its configuration (kas manual, project configuration). */
export const kasFileRules: readonly Rule[] = [
  {
    code: 'KAS_VERSION',
    kind: 'environment',
    where,
    rank: 4,
    patterns: [
      /^(?<version>\d+|'[\d.]+') is not valid under any of the given schemas$/,
      /^This version of kas is compatible with version \d+ to (?<max>\d+), file has version (?<version>\d+)/,
      /file has version (?<version>\d+)(?:: (?<path>\/\S+))?/
    ],
    explain: ({ groups }) => ({
      message: `this kas does not know version ${groups['version'] ?? ''} of the kas file format`,
      hint: 'update kas (kas 5.5 knows 23), or name another kas image with KAS_IMAGE_VERSION'
    })
  },
  {
    code: 'KAS_YAML',
    kind: 'build',
    where,
    rank: 5,
    patterns: [
      /^Configuration file is not valid YAML: Error in line (?<line>\d+): (?<path>.+)$/,
      /^Configuration file is not valid YAML: (?<path>.+)$/
    ],
    explain: ({ groups }, _all, failed) => ({
      message: `${failed.hostPath(groups['path'] ?? '')} is not valid YAML`,
      hint: 'kas-harden lint shows the place',
      path: failed.hostPath(groups['path'] ?? ''),
      range: { line: Number(groups['line'] ?? 1), column: 1 }
    })
  },
  {
    code: 'KAS_SCHEMA',
    kind: 'build',
    where,
    rank: 5,
    patterns: [
      /^(?<what>Additional properties are not allowed \(.*\))/,
      /^(?<what>.+ (?:is not of type|is not one of|does not match|is a required property|is not valid under any of the given schemas|is too short|is not allowed for).*)$/,
      /^Error\(s\) occured while validating the config file: (?<path>.+)$/
    ],
    explain: (first, all, failed) => {
      const path = all.map(({ groups }) => groups['path']).find((value) => value !== undefined)
      return {
        message: `the kas file is not valid: ${first.groups['what'] ?? 'see the log'}`,
        hint: 'kas-harden lint and the kas manual ("project configuration") name the keys it may have',
        ...(path === undefined ? {} : { path: failed.hostPath(path) })
      }
    }
  },
  {
    code: 'KAS_FILE_NOT_FOUND',
    kind: 'build',
    where,
    rank: 5,
    patterns: [
      /^Configuration file not found: (?<path>.+)$/,
      /^kas-(?:container|docker): Error: configuration file '(?<path>[^']+)' not found/
    ],
    explain: ({ groups }, _all, failed) => ({
      message: `the kas file ${failed.hostPath(groups['path'] ?? '')} does not exist`,
      hint:
        'includes are relative to the root of the repository, and kas-container sees nothing outside of the ' +
        'repository of the first file; a path must not hold blanks'
    })
  },
  {
    code: 'KAS_TWO_REPOSITORIES',
    kind: 'build',
    where,
    rank: 5,
    patterns: [/^All concatenated config files must belong to the same repository/],
    explain: () => ({
      message: 'the kas files joined by colons lie in different repositories',
      hint:
        'put them into one repository, or include the other with repo: and file: under header.includes; kas-harden ' +
        'build does not need the overlay in the chain'
    })
  }
]
