import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { diagnose } from '../../../lib/build/kas/log/diagnose.ts'
import { allRules } from '../../../lib/build/kas/log/rules/all-rules.ts'
import { temporaryDirectory } from '../../temporary.ts'
import { failedBuild, logFixtures, type LogFixture } from './fixtures.ts'

const fixtures = logFixtures()
const failures = fixtures.filter(({ code }) => code !== 'succeeded')
const find = (name: string): LogFixture => {
  const found = fixtures.find((fixture) => fixture.name === name)
  if (found === undefined) throw new Error(`no fixture ${name}`)
  return found
}
const of = (name: string) => diagnose(failedBuild(find(name)))

describe('each recorded log is diagnosed as exactly its cause', () => {
  it.each(failures.map((fixture) => [fixture.code, fixture.name, fixture] as const))('%s: %s', async (code, _name, fixture) => {
    const diagnosis = await diagnose(failedBuild(fixture))
    expect(diagnosis.code).toBe(code)
    expect(diagnosis.evidence.length).toBeLessThanOrEqual(10)
    expect(diagnosis.message).not.toMatch(/undefined|\s$|: $/)
    expect(diagnosis.hint).toBeTruthy()
    // What it quotes stands in the log.
      const log = [fixture.path, fixture.taskLog].filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8'))
      for (const line of diagnosis.evidence) expect(log.join('\n')).toContain(line)
  })

  it('every rule has a log', () => {
    const tested = new Set(failures.map(({ code }) => code))
    expect([...new Set(allRules.map(({ code }) => code))].filter((code) => !tested.has(code))).toEqual([])
  })

  it.each(fixtures.filter(({ code }) => code === 'succeeded').map((fixture) => [fixture.name, fixture] as const))(
    'a build that ended well has no cause: %s',
    async (_name, fixture) => {
      expect((await diagnose({ ...failedBuild(fixture), exitCode: 2 })).code).toBe('BUILD_FAILED')
    }
  )

  it('each is described in docs/failures.md', () => {
    const docs = readFileSync(join(import.meta.dirname, '../../../docs/failures.md'), 'utf8')
    const described = [...docs.matchAll(/^### `([A-Z_]+)`/gm)].map(([, code]) => code)
    expect(described.toSorted()).toEqual([...new Set([...allRules.map(({ code }) => code), 'BUILD_FAILED'])].toSorted())
  })
})

describe('what a diagnosis says', () => {
  it('the package, the line and the log of the task on this machine', async () => {
    expect(await of('package-not-found')).toMatchObject({
      message: 'no package named no-such-package-xyz in the package sources of this build',
      kind: 'build',
      evidence: ['E: Unable to locate package no-such-package-xyz'],
      taskLog: expect.stringMatching(/^\/home\/me\/product\/build\/tmp\/work\/.*\/temp\/log\.do_rootfs_install\.\d+$/) as string
    })
  })

  it('the kas file and line that wrote a broken line of local.conf', async () => {
    expect(await of('parse-error-local-conf')).toMatchObject({
      message: expect.stringContaining('in the block zz-product of local_conf_header, which is of this project') as string,
      path: '/home/me/product/kas.yml',
      range: { line: 25, column: 1 }
    })
    const ours = await diagnose({
      ...failedBuild(find('old-override-syntax')),
      confOrigin: (line) => ({ key: 'zz-kas-harden-settings', path: 'kas-harden/harden.yml', line, ours: true })
    })
    expect(ours.message).toContain('which kas-harden wrote')
    expect(ours.hint).toContain('IMAGE_PREINSTALL:append')
  })

  it('the file itself where nobody knows who wrote the line', async () => {
    const unknown = await diagnose({ ...failedBuild(find('parse-error-local-conf')), confOrigin: () => undefined })
    expect(unknown.path).toBe('/home/me/product/build/conf/local.conf')
  })

  it('why a fetch failed, from the log of the task, which bitbake does not repeat', async () => {
    const diagnosis = await of('fetch-unresolved')
    expect(diagnosis.message).toBe('the host downloads.example.invalid has no address here')
    const without = { ...find('fetch-unresolved'), taskLog: '/nonexistent' }
    expect((await diagnose(failedBuild(without))).code).toBe('FETCH_FAILED')
  })

  it('nothing to blame the project for where the environment is at fault', async () => {
    for (const name of ['docker-no-daemon', 'enospc-clone', 'locale', 'oom', 'apt-403']) {
      expect((await of(name)).kind, name).toBe('environment')
    }
  })
})

describe('logs nobody foresaw', () => {
  const diagnoseText = (text: string, exitCode = 2) => {
    const logPath = join(temporaryDirectory(), 'log')
    writeFileSync(logPath, text)
    return diagnose({ ...failedBuild(find('package-not-found')), logPath, exitCode })
  }

  it('a missing log, an empty one, one of zeros', async () => {
    const missing = { ...failedBuild(find('package-not-found')), logPath: '/nonexistent/log' }
    expect((await diagnose(missing)).code).toBe('BUILD_FAILED')
    expect((await diagnoseText('')).code).toBe('BUILD_FAILED')
    expect((await diagnoseText('\0'.repeat(100_000))).code).toBe('BUILD_FAILED')
  })

  it('only an exit code is left of a build that was killed', async () => {
    const log = readFileSync(find('ok-cold').path, 'utf8').split('\n').slice(0, 40).join('\n')
    expect((await diagnoseText(log, 137)).code).toBe('KILLED')
    expect((await diagnoseText(log, -9)).code).toBe('KILLED')
    expect((await diagnoseText(log, 143)).code).toBe('CANCELLED')
  })

  it('a warning about something that went on is no cause', async () => {
    const log = '2026-11-22 09:03:49 - INFO     - WARNING: a-1.0-r0 do_fetch: Could not resolve host: git.example.org\n'
    expect((await diagnoseText(log)).code).toBe('BUILD_FAILED')
  })

  it('a limit of inotify or of namespaces is no full disk', async () => {
    const log = 'kas 5.5 started on Debian\nERROR: unshare failed: No space left on device\n'
    expect((await diagnoseText(log)).code).toBe('BUILD_FAILED')
  })

  it('the command in the first line is no message', async () => {
    expect((await diagnoseText('$ kas build # no space left on device\nkas 5.5 started on x\n')).code).toBe('BUILD_FAILED')
  })

  it('passwords in addresses are not repeated', async () => {
    const diagnosis = await diagnoseText(
      "kas 5.5 started on x\nfatal: unable to access 'https://me:secret@git.example.org/a/': Could not resolve host: git.example.org\n"
    )
    expect(JSON.stringify(diagnosis)).not.toContain('secret')
  })

  it('a long log is read without being held', async () => {
    const logPath = join(temporaryDirectory(), 'log')
    const stream = createWriteStream(logPath)
    const block = '2026-11-22 09:07:14 - INFO     - | Unpacking libgcrypt20:amd64 (1.10.1-3) over (1.10.1-2) ...\n'.repeat(1000)
    for (let n = 0; n < 300; n++) stream.write(block)
    stream.end(readFileSync(find('package-not-found').path))
    await finished(stream)
    const before = process.memoryUsage().rss
    expect((await diagnose({ ...failedBuild(find('package-not-found')), logPath })).code).toBe('PACKAGE_NOT_FOUND')
    // 28 MB of log; the garbage of a run is allowed, the log itself several times over is not.
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
  })
})
