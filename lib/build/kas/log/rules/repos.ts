import type { Rule } from './rule.ts'

const where = ['kas', 'engine'] as const

/** kas can't check out a repository of the kas file (git-clone(1), git-config(1) safe.directory). */
export const repoRules: readonly Rule[] = [
  {
    code: 'DUBIOUS_OWNERSHIP',
    kind: 'environment',
    where: ['kas', 'engine', 'task'],
    rank: 4,
    patterns: [/detected dubious ownership in repository at '(?<path>[^']+)'/],
    explain: ({ groups }, _all, failed) => ({
      message: `git refuses ${failed.hostPath(groups['path'] ?? '')}: it belongs to another user`,
      hint:
        'give the clone to the user who builds (chown -R), or set GITCONFIG_FILE to a file with [safe] directory = *; ' +
        'kas reads no ~/.gitconfig'
    })
  },
  {
    code: 'REPO_REF_NOT_FOUND',
    kind: 'build',
    where,
    rank: 5,
    patterns: [
      /\$ git rev-parse --verify --end-of-options (?<ref>[^\s^]+)\^\{commit\}" failed/,
      /^fatal: [Rr]emote branch (?<ref>\S+) not found in upstream/,
      /fatal: couldn't find remote ref (?<ref>\S+)/,
      /^(?:Branch|Tag|Commit) "?(?<ref>[^"\s]+)"? (?:cannot be found|not found|does not exist)/,
      /fatal: (?:reference is not a tree|remote error: upload-pack: not our ref|unable to read tree)[:\s(]+(?<ref>[0-9a-f]{7,64})/
    ],
    explain: ({ groups }) => ({
      message: `a repository of the kas file has no ${groups['ref'] ?? ''}`,
      hint: 'correct commit:, branch: or tag: of the repository, or its lock file (kas lock --update)'
    })
  },
  {
    code: 'REPO_ACCESS',
    kind: 'environment',
    where,
    rank: 6,
    patterns: [
      /fatal: (?<what>Authentication failed for .*|could not read (?:Username|Password) for .*)/,
      /(?<what>Permission denied \(publickey[^)]*\)|Host key verification failed)/,
      /(?<what>The requested URL returned error: 40[13])/
    ],
    explain: ({ groups }) => ({
      message: `a repository of the kas file needs a login: ${groups['what'] ?? ''}`,
      hint:
        'kas uses its own home: hand in NETRC_FILE, GIT_CREDENTIAL_HELPER, --ssh-dir or --ssh-agent (kas manual, ' +
        'credential handling)'
    })
  },
  {
    code: 'REPO_FETCH',
    kind: 'build',
    where,
    rank: 8,
    patterns: [
      /^Fetching of repo: "(?<name>[^"]+)" failed: (?<what>.*)$/,
      /^fatal: (?<what>'(?<name>[^']+)' does not appear to be a git repository)/,
      /^fatal: (?<what>repository '(?<name>[^']+)' (?:not found|does not exist).*)/,
      /^fatal: (?<what>unable to access '(?<name>[^']+)': .*)/
    ],
    explain: ({ groups }) => ({
      message: `the repository ${groups['name'] ?? ''} can't be fetched: ${groups['what'] ?? ''}`,
      hint: 'try git clone with its url: by hand'
    })
  }
]
