import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
        const units = 'kas-harden-firewall auditd ssh kas-harden-idle.timer dailyaidecheck.timer'
        const active = await guest.ssh('op', keyPath, `systemctl is-active ${units}`)
        expect(active.stdout.toString()).toBe('active\n'.repeat(5))
        const root = await guest.ssh('root', keyPath, 'true')
        expect(root.stderr).toContain('Permission denied')
      })
    },
    40 * minutes
  )
})
