import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withBootedImage } from '../../../lib/boot/boot-image.ts'
import { buildExample, type BuiltExample } from './example.ts'

const minutes = 60_000

/** Off unless a project names them; this one does, and its kernel takes no other module once it is up. */
const closedModules = '  kernel.modules: [nf_tables, nft_ct, nft_limit, nft_log, nf_log_syslog]\n'

describe('the main job on trixie, embedded device, aimed SL-C 1', () => {
  let built: BuiltExample

  beforeAll(async () => {
    built = await buildExample('trixie', { securityLevel: 1 }, closedModules)
  }, 40 * minutes)
  afterAll(() => {
    built.remove()
  })

  it('finds every package and every setting', () => {
    const { verification, gate } = built.result.assessed
    expect(verification.image.release).toBe('trixie')
    expect(verification.packages.filter((one) => one.status !== 'pass')).toEqual([])
    expect(verification.checks.filter((one) => one.status === 'fail' || one.status === 'unknown')).toEqual([])
    expect(gate.passed).toBe(true)
  })

  it(
    'boots and lets its owner in',
    async () => {
      await withBootedImage(built.result.built.artefacts.wic, {}, built.io, async (guest) => {
        await guest.waitForLogin(15 * minutes)
        await guest.waitForSsh('op', built.keyPath, 10 * minutes)
        const units = await guest.ssh(
          'op',
          built.keyPath,
          'systemctl is-active kas-harden-firewall auditd ssh'
        )
        expect(units.stdout.toString()).toBe('active\nactive\nactive\n')
        const closed = await guest.ssh(
          'op',
          built.keyPath,
          'for i in $(seq 150); do [ "$(cat /proc/sys/kernel/modules_disabled)" = 0 ] || break; sleep 2; done; cat /proc/sys/kernel/modules_disabled; systemctl is-failed kas-harden-modules; grep -c ^nft_ /proc/modules',
          6 * minutes
        )
        expect(closed.stdout.toString()).toMatch(/^1\n(?:active|activating)\n[3-9]/)
        const root = await guest.ssh('root', built.keyPath, 'true')
        expect(root.stderr).toContain('Permission denied')
      })
    },
    40 * minutes
  )
})
