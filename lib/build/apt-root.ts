import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HardenError } from '../base/errors.ts'
import { runOk, type Exec } from '../base/exec.ts'
import { digestOf } from '../base/digest.ts'
import { byCodeUnit } from '../base/text.ts'
import type { Release } from '../controls/control.ts'
import { sourceLines, type Mirrors } from './mirrors.ts'
import { transportSettings } from './transport-settings.ts'

/** One version of a package as the archive's index states it. */
export interface ArchivePackage {
  name: string
  version: string
  architecture: string
  /** Hex, of the .deb. */
  sha256: string
  /** Path below the archive: `pool/main/...`. */
  filename: string
}

/**
 * apt with a state of its own: it sees one release and one architecture and
 * neither reads nor changes the machine's package lists.
 */
export interface AptRoot {
  /** How this machine reaches mirrors, lines of apt.conf(5); may hold a proxy's password. */
  transport: string
  /** SHA-256 over the signed Release files of all suites: changes with every change of the archive. */
  archiveDigest: string
  /** Seconds since the epoch of the newest Release file. */
  newestRelease: number
  /** Candidate version by package name; a name the archive doesn't have is missing from the map. */
  candidates(names: readonly string[]): Promise<Map<string, string>>
  /** Index entries of `name=version` pairs; pairs the archive doesn't have are left out. */
  show(pairs: readonly { name: string; version: string }[]): Promise<ArchivePackage[]>
}

/**
 * Makes an isolated apt root below `directory` and updates its lists.
 * @throws HardenError `MIRROR_UNREACHABLE` (environment) when a list can't be had.
 */
export async function openAptRoot(
  directory: string,
  release: Release,
  architecture: string,
  mirrors: Mirrors,
  exec: Exec
): Promise<AptRoot> {
  for (const below of [
    'lists/partial',
    'cache/archives/partial',
    'etc/preferences.d',
    'etc/apt.conf.d',
    'log'
  ]) {
    await mkdir(join(directory, below), { recursive: true })
  }
  await writeFile(join(directory, 'status'), '')
  await writeFile(join(directory, 'sources.list'), sourceLines(release, mirrors).join('\n') + '\n')
  const transport = await transportSettings(exec)
  const config = [
    // Read first, these lines keep the machine's own configuration out: its hooks, architectures and preferences.
    `Dir::Etc::Main "/dev/null";`,
    `Dir::Etc::Parts "${directory}/etc/apt.conf.d";`,
    `APT::Architecture "${architecture}";`,
    `APT::Architectures:: "${architecture}";`,
    `Dir::State "${directory}";`,
    `Dir::State::Lists "${directory}/lists";`,
    `Dir::State::status "${directory}/status";`,
    `Dir::Cache "${directory}/cache";`,
    `Dir::Etc::SourceList "${directory}/sources.list";`,
    `Dir::Etc::SourceParts "-";`,
    `Dir::Etc::Preferences "-";`,
    `Dir::Etc::PreferencesParts "-";`,
    `Dir::Log "${directory}/log";`,
    'Acquire::Languages "none";',
    'APT::Sandbox::User "";',
    'Acquire::Retries "2";',
    transport
  ]
  const configPath = join(directory, 'apt.conf')
  await writeFile(configPath, config.join('\n') + '\n')
  const env = { APT_CONFIG: configPath }

  const update = await exec.run('apt-get', ['update', '-q', '-o', 'APT::Update::Error-Mode=any'], {
    env,
    timeout: 300_000
  })
  if (update.exitCode !== 0) {
    const why = update.stderr
      .split('\n')
      .filter((line) => /^[EW]:/.test(line))
      .slice(0, 4)
      .join('\n')
    throw new HardenError(
      'environment',
      'MIRROR_UNREACHABLE',
      `The package lists of Debian ${release} (${architecture}) can't be had from the mirror:\n${why}`,
      {
        hint: "Check the network and the machine's apt sources, or name mirrors: --mirror URI --security-mirror URI"
      }
    )
  }

  const lists = join(directory, 'lists')
  const releaseFiles = (await readdir(lists)).filter((name) => /_(?:In)?Release$/.test(name))
  const texts = await Promise.all(releaseFiles.map((name) => readFile(join(lists, name), 'utf8')))
  const digests = texts.map((text) => digestOf(text)).sort(byCodeUnit)
  const dates = texts.map((text) => Date.parse(/^Date: (.*)$/m.exec(text)?.[1] ?? ''))

  return {
    transport,
    archiveDigest: digestOf(digests.join('\n')),
    newestRelease: Math.floor(Math.max(0, ...dates.filter((date) => !Number.isNaN(date))) / 1000),
    async candidates(names) {
      const found = new Map<string, string>()
      if (names.length === 0) return found
      const said = await runOk(exec, 'environment', 'apt-cache', ['policy', ...names], { env })
      let name = ''
      for (const line of said.stdout.toString('utf8').split('\n')) {
        const head = /^(\S+):$/.exec(line)
        if (head) name = head[1]!.replace(/:[a-z0-9-]+$/, '')
        const candidate = /^ {2}Candidate: (\S+)$/.exec(line)?.[1]
        if (candidate && candidate !== '(none)') found.set(name, candidate)
      }
      return found
    },
    async show(pairs) {
      const packages: ArchivePackage[] = []
      if (pairs.length === 0) return packages
      const wanted = pairs.map(({ name, version }) => `${name}=${version}`)
      const said = await exec.run('apt-cache', ['show', '--no-all-versions', ...wanted], { env })
      for (const stanza of said.stdout.toString('utf8').split(/\n\n+/)) {
        const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(stanza)?.[1] ?? ''
        const name = field('Package')
        if (!name || !field('SHA256')) continue
        packages.push({
          name,
          version: field('Version'),
          architecture: field('Architecture'),
          sha256: field('SHA256'),
          filename: field('Filename')
        })
      }
      return packages
    }
  }
}
