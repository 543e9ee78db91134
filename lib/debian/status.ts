import type { Finding } from '../base/finding.ts'
import { fieldOf, readStanzas, type Deb822Limits, type Stanza } from './deb822.ts'
import {
  relationFields,
  type Conffile,
  type DpkgFlag,
  type DpkgPackage,
  type DpkgState,
  type DpkgStatus,
  type DpkgWant,
  type RelationField
} from './package.ts'
import { versionProblem } from './version.ts'

/** What a status file says, and what is odd about it. */
export interface StatusFile {
  packages: readonly DpkgPackage[]
  findings: readonly Finding[]
}

interface StatusOptions {
  /** File the findings are about. */
  path?: string
  /**
   * A file of `var/lib/dpkg/status.d` (distroless images): a stanza without a Status field is installed there,
   * while in `var/lib/dpkg/status` dpkg takes it for not installed.
   */
  statusDirectory?: boolean
  limits?: Deb822Limits
}

const wants: readonly string[] = ['unknown', 'install', 'hold', 'deinstall', 'purge']
const flags: readonly string[] = ['ok', 'reinstreq']
const states: readonly string[] = [
  'not-installed',
  'config-files',
  'half-installed',
  'unpacked',
  'half-configured',
  'triggers-awaited',
  'triggers-pending',
  'installed'
]
const withFiles: readonly DpkgState[] = [
  'half-installed',
  'unpacked',
  'half-configured',
  'triggers-awaited',
  'triggers-pending',
  'installed',
  'unknown'
]

/**
 * Reads `var/lib/dpkg/status`, a file of `status.d`, or isar's `.dpkg_status` (dpkg(1), deb-control(5)).
 * Packages keep the order of the file. Of two stanzas for the same package and architecture
 * (dpkg refuses such a file) the later counts, and a finding of severity error says so. A stanza without a name is reported and left out.
 * @throws HardenError `DEB822_TOO_LARGE` (usage) when a limit is passed.
 */
export function parseStatus(text: string, options: StatusOptions = {}): StatusFile {
  const findings: Finding[] = []
  const packages = new Map<string, DpkgPackage>()
  const report = (code: string, severity: Finding['severity'], message: string, line: number): void => {
    findings.push({ code, severity, message, path: options.path, range: { line, column: 1 } })
  }
  const onFinding = (finding: Finding): void => {
    findings.push(finding)
  }

  for (const stanza of readStanzas(text, { path: options.path, limits: options.limits, onFinding })) {
    const name = fieldOf(stanza, 'Package')
    if (!name) {
      report(
        'DPKG_STANZA_WITHOUT_PACKAGE',
        'error',
        'A stanza without a Package field is left out.',
        stanza.line
      )
      continue
    }
    const parsed = readPackage(name, stanza, options.statusDirectory ?? false, (code, severity, message) => {
      report(code, severity, message, stanza.line)
    })
    const key = `${parsed.name}:${parsed.architecture}`
    const earlier = packages.get(key)
    if (earlier) {
      const message = `Package ${key} stands twice (first at line ${earlier.line}); dpkg refuses such a file. The later stanza counts here.`
      report('DPKG_DUPLICATE_STANZA', 'error', message, stanza.line)
      packages.delete(key)
    }
    packages.set(key, parsed)
  }
  return { packages: [...packages.values()], findings }
}

type Report = (code: string, severity: Finding['severity'], message: string) => void

function readPackage(name: string, stanza: Stanza, statusDirectory: boolean, report: Report): DpkgPackage {
  const field = (key: string): string | undefined => fieldOf(stanza, key) || undefined
  const status = readStatus(name, field('Status'), statusDirectory, report)
  const installed = (status.want === 'install' || status.want === 'hold') && isWhole(status)
  const unpacked = withFiles.includes(status.state)
  const version = field('Version') ?? ''
  if (!/^[a-z0-9][a-z0-9+.-]+$/.test(name)) {
    report('DPKG_NAME', 'warning', `'${name.slice(0, 200)}' is not a Debian package name (Policy 5.6.7).`)
  }
  const wrongVersion = versionProblem(version)
  // Removed packages may have no version at all; whatever lies on the disk has one.
  if (wrongVersion && unpacked) {
    report('DPKG_VERSION', 'warning', `Version '${version.slice(0, 200)}' of ${name} ${wrongVersion}.`)
  }
  const architecture = field('Architecture')
  if (architecture === undefined && unpacked) {
    report('DPKG_ARCHITECTURE', 'warning', `Package ${name} names no architecture.`)
  }
  const multiArch = field('Multi-Arch')
  const size = Number(field('Installed-Size'))
  const synopsis = field('Description')?.split('\n', 1)[0]
  const relations: Partial<Record<RelationField, string>> = {}
  for (const key of relationFields) {
    const value = field(key)
    if (value !== undefined) relations[key] = value
  }
  return {
    name,
    version,
    architecture: architecture ?? '',
    multiArch: multiArch === 'same' || multiArch === 'foreign' || multiArch === 'allowed' ? multiArch : 'no',
    status,
    installed,
    unpacked,
    essential: field('Essential') === 'yes',
    priority: field('Priority'),
    section: field('Section'),
    source: readSource(name, version, field('Source'), report),
    maintainer: field('Maintainer'),
    homepage: field('Homepage'),
    synopsis: synopsis === '' ? undefined : synopsis,
    relations,
    conffiles: readConffiles(field('Conffiles')),
    installedSize: Number.isSafeInteger(size) && size > 0 ? size : undefined,
    line: stanza.line
  }
}

function isWhole(status: DpkgStatus): boolean {
  return status.flag === 'ok' && status.state === 'installed'
}

function readStatus(
  name: string,
  text: string | undefined,
  statusDirectory: boolean,
  report: Report
): DpkgStatus {
  if (text === undefined) {
    if (statusDirectory) return { want: 'install', flag: 'ok', state: 'installed' }
    report('DPKG_STATUS', 'warning', `Package ${name} has no Status field; dpkg takes it for not installed.`)
    return { want: 'unknown', flag: 'ok', state: 'not-installed' }
  }
  const words = text.split(/\s+/)
  const [want = '', flag = '', state = ''] = words
  if (words.length !== 3 || !wants.includes(want) || !flags.includes(flag) || !states.includes(state)) {
    report('DPKG_STATUS', 'error', `Status '${text.slice(0, 200)}' of ${name} is none that dpkg writes.`)
    return { want: 'unknown', flag: 'ok', state: 'unknown' }
  }
  return { want: want as DpkgWant, flag: flag as DpkgFlag, state: state as DpkgState }
}

/** `Source: linux-signed-amd64 (6.1.192+2)`: the version stands there only when it differs (Policy 5.6.1). */
function readSource(
  name: string,
  version: string,
  text: string | undefined,
  report: Report
): DpkgPackage['source'] {
  if (text === undefined) return { name, version }
  const match = /^([^\s()]+)(?: ?\( ?([^\s()]+) ?\))?$/.exec(text.replace(/\s+/g, ' '))
  if (!match) {
    report('DPKG_SOURCE', 'warning', `Source '${text.slice(0, 200)}' of ${name} can't be read.`)
    return { name, version }
  }
  return { name: match[1] ?? name, version: match[2] ?? version }
}

function readConffiles(text: string | undefined): Conffile[] {
  const conffiles: Conffile[] = []
  for (const line of text?.split('\n') ?? []) {
    // `remove-on-upgrade` comes before `obsolete` since dpkg 1.20.6; paths may hold blanks.
    const match = /^\s*(\/.*) ([0-9a-f]{32}|newconffile)((?: obsolete| remove-on-upgrade)*)$/.exec(line)
    if (match) {
      const [, path = '', md5 = '', flag = ''] = match
      conffiles.push({ path, md5, obsolete: flag.includes('obsolete') })
    }
  }
  return conffiles
}
