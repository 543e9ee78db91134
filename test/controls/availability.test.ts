import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeExec, runOk } from '../../lib/base/exec.ts'
import { archiveKeyring, machineMirrors } from '../../lib/build/mirrors.ts'
import type { Release } from '../../lib/controls/control.ts'
import { componentTypes, releases } from '../../lib/controls/control.ts'
import { cipPackages } from '../../lib/controls/reference-cip.ts'
import { controls, profile } from './control-fixture.ts'

const exec = nodeExec(process.env)

/**
 * Which of the names the release itself has (not -updates or -security, which only hold newer versions),
 * as apt sees it in a state of its own.
 */
async function available(
  release: Release,
  architecture: string,
  names: readonly string[]
): Promise<Set<string>> {
  const { main } = await machineMirrors(exec)
  const directory = await mkdtemp(join(tmpdir(), 'kas-harden-apt-'))
  try {
    for (const below of ['lists/partial', 'cache/archives/partial']) {
      await mkdir(join(directory, below), { recursive: true })
    }
    await writeFile(join(directory, 'status'), '')
    await writeFile(
      join(directory, 'sources.list'),
      `deb [signed-by=${archiveKeyring}] ${main} ${release} main\n`
    )
    const options = [
      ['Dir::State', directory],
      ['Dir::State::Lists', join(directory, 'lists')],
      ['Dir::State::status', join(directory, 'status')],
      ['Dir::Cache', join(directory, 'cache')],
      ['Dir::Etc::SourceList', join(directory, 'sources.list')],
      ['Dir::Etc::SourceParts', '-'],
      ['Dir::Etc::PreferencesParts', '-'],
      ['APT::Architecture', architecture],
      ['APT::Architectures', architecture],
      ['APT::Sandbox::User', ''],
      ['Acquire::Languages', 'none'],
      ['APT::Update::Error-Mode', 'any']
    ].flatMap(([key, value]) => ['-o', `${key ?? ''}=${value ?? ''}`])
    await runOk(exec, 'environment', 'apt-get', [...options, 'update', '-q'], { timeout: 300_000 })
    const policy = await runOk(exec, 'environment', 'apt-cache', [...options, 'policy', ...names])
    const found = new Set<string>()
    let name = ''
    for (const line of policy.stdout.toString().split('\n')) {
      name = /^([^\s:]+)(?::\S+)?:$/.exec(line)?.[1] ?? name
      if (/^ {2}Candidate: (?!\(none\))/.test(line)) found.add(name)
    }
    return found
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** With every control that waits for a value. */
const given = Object.fromEntries(controls.flatMap(({ onlyWith }) => onlyWith.map((name) => [name, ''])))

// Against the real archive of this machine's mirror; without a mirror this fails.
describe.each(releases)('Debian %s', (release) => {
  it.each(['amd64', 'arm64', 'armhf'])(
    'has every package of every profile for %s',
    async (architecture) => {
      const ours = componentTypes.flatMap((type) =>
        profile([type], 4, release, controls, given).packages.map(({ name }) => name)
      )
      const names = [...new Set([...ours, ...cipPackages(release)])]
      const found = await available(release, architecture, [...names, 'no-such-package'])
      expect(names.filter((name) => !found.has(name))).toEqual([])
      expect(found.has('no-such-package')).toBe(false)
    },
    300_000
  )
})
