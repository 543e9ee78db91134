import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { digestOfFile } from '../../lib/base/digest.ts'
import { withBootedImage } from '../../lib/boot/boot-image.ts'
import { processesWith, testIo } from './world.ts'

/**
 * The real boot of a built image. KAS_HARDEN_TEST_DISK names its .wic;
 * KAS_HARDEN_TEST_USER and KAS_HARDEN_TEST_KEY a login on it, where there is one.
 */
const disk = process.env['KAS_HARDEN_TEST_DISK']
const user = process.env['KAS_HARDEN_TEST_USER']
const key = process.env['KAS_HARDEN_TEST_KEY']

test(
  'a built image boots to its login, lets its owner in, and is as before',
  { timeout: 1_800_000 },
  async (ctx) => {
    if (disk === undefined) {
      ctx.skip('KAS_HARDEN_TEST_DISK names no .wic to boot; the end-to-end test boots the image it builds')
      return
    }
    const temporary = await mkdtemp(join(tmpdir(), 'boot-'))
    try {
      const before = await digestOfFile(disk)
      await withBootedImage(disk, {}, testIo(temporary), async (guest) => {
        await guest.waitForLogin()
        expect(guest.console.text()).toMatch(/ login: /)
        if (user !== undefined && key !== undefined) {
          await guest.waitForSsh(user, key)
          const who = await guest.ssh(user, key, 'id -un; exit 7')
          expect(who.stdout.toString().trim()).toBe(user)
          expect(who.exitCode).toBe(7)
          await expect(guest.waitForSsh('root', key)).rejects.toMatchObject({ code: 'SSH_REFUSED' })
        }
      })
      expect(await digestOfFile(disk)).toBe(before)
      expect(await readdir(temporary)).toEqual([])
      expect(await processesWith(temporary)).toEqual([])
    } finally {
      await rm(temporary, { recursive: true })
    }
  }
)
