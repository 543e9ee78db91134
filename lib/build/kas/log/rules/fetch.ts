import type { Rule } from './rule.ts'

const name = /^ERROR: (?<task>\S+ do_\w+): /.source

const moved = 'open the address by hand; a moved source needs a new SRC_URI, or a mirror under PREMIRRORS'

/** bitbake's fetcher can't get a source of a recipe (SRC_URI). */
export const fetchRules: readonly Rule[] = [
  {
    code: 'FETCH_CHECKSUM',
    kind: 'build',
    where: ['kas'],
    rank: 5,
    patterns: [new RegExp(`${name}.*for URL: '(?<url>[^']+)'\\. Checksum mismatch`)],
    explain: ({ groups }) => ({
      message: `${groups['url'] ?? ''} is not the file the recipe was written for: its checksum differs`,
      hint:
        'compare with what upstream publishes before you change the checksum in the recipe; a proxy or a mirror may ' +
        'have answered with something else'
    })
  },
  {
    code: 'FETCH_UNRESOLVED',
    kind: 'environment',
    where: ['kas', 'task'],
    rank: 5,
    patterns: [
      /(?:Could not resolve (?:host|proxy)|[Uu]nable to resolve host address|ssh: Could not resolve hostname)[:\s]+[‘']?(?<host>[^\s’':]+)/
    ],
    explain: ({ groups }) => ({
      message: `the host ${groups['host'] ?? ''} has no address here`,
      hint:
        'check the name, the network and https_proxy; without network, KAS_REPO_REF_DIR and KAS_PREMIRRORS serve the ' +
        'repositories of the kas file, PREMIRRORS and DL_DIR the sources of the recipes'
    })
  },
  {
    code: 'FETCH_FAILED',
    kind: 'build',
    where: ['kas'],
    rank: 8,
    patterns: [new RegExp(`${name}.*Fetcher failure for URL: '(?<url>[^']+)'`)],
    explain: ({ groups }) => ({
      message: `${groups['url'] ?? ''} can't be fetched from anywhere`,
      hint: moved
    })
  },
  {
    // Only the log of the task has the answer of the server.
    code: 'FETCH_FAILED',
    kind: 'build',
    where: ['task'],
    rank: 6,
    patterns: [/ERROR (?<status>40[0-9]|410|5\d\d): (?<why>.*)$/],
    explain: ({ groups }) => ({
      message: `the server of a source answers ${groups['status'] ?? ''} ${groups['why'] ?? ''}`,
      hint: moved
    })
  }
]
