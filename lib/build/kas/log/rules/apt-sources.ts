import { listed, type Rule } from './rule.ts'

const where = ['task'] as const
const mirror =
  'isar takes its mirror from DISTRO_APT_PREMIRRORS, a proxy from http_proxy in the environment of kas'

/** apt can't read, or may not trust, a package source (apt-secure(8), sources.list(5)). */
export const aptSourceRules: readonly Rule[] = [
  {
    code: 'APT_FORBIDDEN',
    kind: 'environment',
    where,
    rank: 5,
    patterns: [/^(?:E|W|Err).*?(?<url>https?:\/\/\S+).*\s(?<status>401|403|407)\s+\w/, /^E:.*\s(?<status>403)\s+Forbidden/],
    explain: ({ groups }) => ({
      message: `the package source refuses to serve ${groups['url'] ?? 'its index'} (HTTP ${groups['status'] ?? ''})`,
      hint: `log in (ISAR_APT_CREDS), allow this machine on the mirror or its proxy, or use another mirror; ${mirror}`
    })
  },
  {
    code: 'APT_STALE_INDEX',
    kind: 'build',
    where,
    rank: 5,
    patterns: [/^E: Failed to fetch (?<url>\S+)\s+404\s+Not Found/],
    explain: ({ groups }) => ({
      message: `the mirror no longer has ${groups['url'] ?? 'a file its index names'}`,
      hint:
        'the package index of this build is older than the mirror: run the build again with do_bootstrap cleaned ' +
        '(bitbake -c cleansstate isar-mmdebstrap-target) or pin a snapshot (ISAR_USE_APT_SNAPSHOT)'
    })
  },
  {
    code: 'APT_HASH_MISMATCH',
    kind: 'environment',
    where,
    rank: 5,
    patterns: [/^E: Failed to fetch (?<url>\S+)\s+(?:Hash Sum mismatch|File has unexpected size)/, /^ +Hash Sum mismatch$/],
    explain: (_first, all) => ({
      message: `the mirror serves something else than its signed index says${listed(all, 'url') === '' ? '' : `: ${listed(all.slice(0, 3), 'url')}`}`,
      hint: `a mirror in the middle of an update or a broken proxy cache: try again later or use another mirror; ${mirror}`
    })
  },
  {
    code: 'APT_RELEASE_EXPIRED',
    kind: 'build',
    where,
    rank: 5,
    patterns: [/^E: Release file for (?<url>\S+) is (?<why>expired|not valid yet)/],
    explain: ({ groups }) => ({
      message: `the Release file of ${groups['url'] ?? ''} is ${groups['why'] ?? ''}`,
      hint:
        'an old snapshot or a mirror that is no longer updated, or the clock of this machine is wrong; for a ' +
        'snapshot write [check-valid-until=no] into its line in DISTRO_APT_SOURCES'
    })
  },
  {
    code: 'APT_SIGNATURE',
    kind: 'build',
    where,
    rank: 5,
    patterns: [
      /^(?=.*NO_PUBKEY).*?(?<url>https?:\/\/\S+|file:\S+).*NO_PUBKEY (?<key>[0-9A-F]+)/,
      /NO_PUBKEY (?<key>[0-9A-F]+)/,
      /^[EW]: GPG error: (?<url>\S+)/
    ],
    explain: (_first, all) => {
      const key = listed(all, 'key')
      return {
        message: `the signature of ${listed(all, 'url') || 'a package source'} can't be verified${key === '' ? '' : `: key ${key} is unknown`}`,
        hint: 'add the public key of the package source to THIRD_PARTY_APT_KEYS (a file:// of your layer)'
      }
    }
  },
  {
    // apt adds this line where it got no answer, or a refusal, as well.
    code: 'APT_SIGNATURE',
    kind: 'build',
    where,
    rank: 7,
    patterns: [/^E: The repository '(?<url>[^' ]+)[^']*' is not signed/],
    explain: (_first, all) => ({
      message: `${listed(all, 'url')} has no signature`,
      hint: 'use a signed package source; for one of your own write [trusted=yes] into its line in DISTRO_APT_SOURCES'
    })
  },
  {
    code: 'APT_NO_RELEASE',
    kind: 'build',
    where,
    rank: 7,
    patterns: [/^E: The repository '(?<url>[^' ]+) ?(?<suite>[^' ]*)[^']*' (?:does not have|no longer has) a Release file/],
    explain: ({ groups }) => ({
      message: `${groups['url'] ?? ''} has no release ${groups['suite'] ?? ''}`,
      hint: 'correct address and suite in DISTRO_APT_SOURCES; releases that ended move to the archive of Debian'
    })
  },
  {
    code: 'APT_UNREACHABLE',
    kind: 'environment',
    where,
    rank: 6,
    patterns: [
      /(?:Temporary failure resolving|Could not resolve|Could not connect to|Unable to connect to|Cannot initiate the connection to) '?(?<host>[^\s':]+)/,
      /^E: Failed to fetch (?<host>\S+)\s+(?:Connection (?:failed|timed out)|Could not connect)/
    ],
    explain: ({ groups }) => ({
      message: `apt can't reach the package source ${groups['host'] ?? ''}`,
      hint: `check the network and the name server of the build (inside the container, with kas-container); ${mirror}`
    })
  }
]
