import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failedUnitsIn } from '../../../lib/boot/dead-ends.ts'
import { withBootedImage } from '../../../lib/boot/boot-image.ts'
import { buildExample, type BuiltExample } from './example.ts'

const minutes = 60_000
const wanted = process.env['KAS_HARDEN_TEST_BULLSEYE'] === '1'

describe('the main job on bullseye, embedded device, aimed SL-C 2', () => {
  let built: BuiltExample | undefined

  beforeAll(async () => {
    if (wanted) built = await buildExample('bullseye', {})
  }, 60 * minutes)
  afterAll(() => {
    built?.remove()
  })

  it('finds every package and every setting on the finished disk', (context) => {
    if (!built) return context.skip('a build and a boot of minutes: set KAS_HARDEN_TEST_BULLSEYE=1')
    const { verification } = built.result.assessed
    expect(verification.image.release).toBe('bullseye')
    expect(verification.packages.filter((one) => one.status !== 'pass')).toEqual([])
    expect(verification.checks.filter((one) => one.status === 'fail' || one.status === 'unknown')).toEqual([])
    expect(readFileSync(built.result.built.artefacts.manifest, 'utf8')).not.toMatch(/^exim4/m)
  })

  it(
    'boots and lets its owner in, nobody else',
    async (context) => {
      if (!built) return context.skip('a build and a boot of minutes: set KAS_HARDEN_TEST_BULLSEYE=1')
      const { keyPath, io, result } = built
      await withBootedImage(result.built.artefacts.wic, {}, io, async (guest) => {
        await guest.waitForLogin(15 * minutes)
        await guest.waitForSsh('op', keyPath, 10 * minutes)
        const say = async (command: string, timeout?: number) => {
          const done = await guest.ssh('op', keyPath, command, timeout)
          return `${done.exitCode} ${done.stdout.toString().trim()}`
        }
        const units = 'kas-harden-firewall auditd chrony ssh kas-harden-idle.timer dailyaidecheck.timer'
        // ssh is up before the last of them
        const up = `for one in ${units}; do timeout 60 sh -c "until systemctl -q is-active $one; do sleep 1; done"; done`
        expect(await say(`${up}; systemctl is-active ${units}`, 10 * minutes)).toBe(
          `0 ${Array(6).fill('active').join('\n')}`
        )
        expect(await say('systemctl --failed --no-legend --plain')).toBe('0 ')
        expect(failedUnitsIn(guest.console.text())).toEqual([])
        // no session outlives a terminal nobody has typed into: the real logind ends the real ssh
        const idle = 'script -qfc \'touch -a -d "-2 hours" $(tty); exec sleep 540\' /dev/null; echo stayed'
        expect(await say(idle, 10 * minutes)).toMatch(/^255 (?!.*stayed)/)
        expect(await say('systemctl show --property=Result kas-harden-idle.service')).toBe('0 Result=success')
        const root = await guest.ssh('root', keyPath, 'true')
        expect(root.stderr).toContain('Permission denied')
      })
    },
    40 * minutes
  )
})
