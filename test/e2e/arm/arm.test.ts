import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { releases } from '../../../lib/controls/control.ts'
import { sessionProfile } from '../../../lib/flow/session-profile.ts'
import { openImage } from '../../../lib/image/open-image.ts'
import { verify } from '../../../lib/verify/verify.ts'
import { plannedExample } from '../main-job/example.ts'
import { withArmTree } from './arm-tree.ts'

// KAS_HARDEN_TEST_ARM=arm64:bookworm,armhf:trixie or 1 for all; some minutes each under emulation.
const wanted = process.env['KAS_HARDEN_TEST_ARM'] ?? ''
const pairs = ['arm64', 'armhf'].flatMap((arch) =>
  releases.filter((release) => release !== 'bullseye').map((release) => ({ arch, release }))
)
const chosen = pairs.filter(
  ({ arch, release }) => wanted === '1' || wanted.split(',').includes(`${arch}:${release}`)
)

it.skipIf(chosen.length > 0)('a tree of arm64 or armhf: KAS_HARDEN_TEST_ARM names none', (context) => {
  context.skip()
})

describe.each(chosen)('Debian $release on $arch', ({ arch, release }) => {
  it('passes every check that needs no boot loader', async (context) => {
    if (spawnSync('arch-test', [arch]).status !== 0)
      context.skip(`This machine does not run programs of ${arch}: qemu-user-static and binfmt_misc do that`)
    const { request, session, io, remove } = await plannedExample(release, {
      components: ['EDR', 'HDR', 'NDR'],
      securityLevel: 4
    })
    try {
      const { profile, resolved } = sessionProfile(session, release)
      const seen = await withArmTree(request, arch, io, async (tree) => {
        const image = await openImage(tree, io)
        return verify(image, profile, resolved.values, io)
      })
      expect(seen.image.architecture).toBe(arch)
      expect(seen.packages.filter(({ status }) => status !== 'pass')).toEqual([])
      const rest = seen.checks.filter(({ status }) => !['pass', 'not-applicable'].includes(status))
      const needBoot = rest.filter(({ type, status }) => type === 'cmdline' && status === 'unknown')
      expect(needBoot.length).toBeGreaterThan(0)
      expect(rest.filter((one) => !needBoot.includes(one))).toEqual([])
    } finally {
      remove()
    }
  }, 7_200_000)
})
