import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeExec, type Exec } from '../../lib/base/exec.ts'
import { archiveKeyring, machineMirrors, sourceLines } from '../../lib/build/mirrors.ts'
import { temporaryDirectory } from '../temporary.ts'
import { exec } from './world.ts'

/** An apt that has nothing but these sources, and no lists yet. */
function aptWith(sources: Readonly<Record<string, string>>): Exec {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, 'lists', 'partial'), { recursive: true })
  mkdirSync(join(directory, 'parts'))
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(directory, 'parts', name), text)
  const config = join(directory, 'apt.conf')
  writeFileSync(
    config,
    `Dir::State::Lists "${directory}/lists"; Dir::Etc::SourceList "/dev/null"; Dir::Etc::SourceParts "${directory}/parts"; APT::Architecture "amd64";`
  )
  return nodeExec({ ...process.env, APT_CONFIG: config })
}

const others = { 'other.list': 'deb [trusted=yes] https://example.org/vendor/debian-tools/ stable main\n' }

describe("the machine's mirrors", () => {
  test('are those of this very machine', async () => {
    const { main, security } = await machineMirrors(exec)
    expect(main).toMatch(/^(https?|file|copy):.*\/$/)
    expect(security).toMatch(/\/$/)
    expect(security).not.toBe(main)
  })

  test('are read from deb822 and from one-line sources, others are left alone', async () => {
    const deb822 =
      'Types: deb\nURIs: http://mirror.example.org/debian\nSuites: bookworm bookworm-updates\nComponents: main\n'
    const oneLine = 'deb http://mirror.example.org/debian-security bookworm-security main\n'
    const apt = aptWith({ ...others, 'debian.sources': deb822, 'security.list': oneLine })
    expect(await machineMirrors(apt)).toEqual({
      main: 'http://mirror.example.org/debian/',
      security: 'http://mirror.example.org/debian-security/'
    })
  })

  test('are missed by name', async () => {
    const main = 'deb http://mirror.example.org/debian bookworm main\n'
    await expect(machineMirrors(aptWith(others))).rejects.toMatchObject({
      kind: 'environment',
      code: 'NO_MIRROR',
      message: expect.stringContaining('no Debian mirror') as string,
      hint: expect.stringContaining('--mirror') as string
    })
    await expect(machineMirrors(aptWith({ 'debian.list': main }))).rejects.toMatchObject({
      code: 'NO_MIRROR',
      message: expect.stringContaining('no Debian security mirror') as string
    })
  })
})

test('a release is always built with its updates and security updates, signed by the archive', () => {
  const lines = sourceLines('trixie', { main: 'http://m/debian/', security: 'http://m/debian-security/' })
  expect(lines).toEqual([
    `deb [signed-by=${archiveKeyring}] http://m/debian/ trixie main`,
    `deb [signed-by=${archiveKeyring}] http://m/debian/ trixie-updates main`,
    `deb [signed-by=${archiveKeyring}] http://m/debian-security/ trixie-security main`
  ])
})
