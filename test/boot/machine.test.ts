import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digestOfFile } from '../../lib/base/digest.ts'
import { bootImage, withBootedImage } from '../../lib/boot/boot-image.ts'
import { findFirmware } from '../../lib/boot/firmware.ts'
import { manualCommands } from '../../lib/boot/manual-command.ts'
import { probeKvm } from '../../lib/boot/probe-kvm.ts'
import { makeEmptyDisk, processesWith, testIo } from './world.ts'

let directory: string
let disk: string
let temporary: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'machine-'))
  temporary = join(directory, 'tmp')
  await mkdir(temporary)
  disk = join(directory, "it's a, disk.wic")
  await makeEmptyDisk(disk, testIo(temporary))
})
afterAll(async () => {
  await rm(directory, { recursive: true })
})

async function expectNothingLeft() {
  expect(await readdir(temporary)).toEqual([])
  expect(await processesWith(directory)).toEqual([])
}

// A few seconds each on an idle machine.
describe('real QEMU and firmware', { timeout: 300_000 }, () => {
  test('a disk without boot program is refused at once, and nothing of the machine stays', async () => {
    const before = await digestOfFile(disk)
    const boot = withBootedImage(disk, {}, testIo(temporary), (guest) => guest.waitForLogin())
    await expect(boot).rejects.toMatchObject({
      kind: 'runtime-test',
      code: 'BOOT_FAILED',
      message: expect.stringMatching(/nothing to boot[^]*Last lines of the console:[^]*BdsDxe/) as string
    })
    await expectNothingLeft()
    expect(await digestOfFile(disk)).toBe(before)
  })

  test('an interrupt ends QEMU and removes its files', async () => {
    const interrupt = new AbortController()
    const guest = await bootImage(disk, {}, testIo(temporary, interrupt))
    expect(await processesWith(directory)).toHaveLength(1)
    const waiting = guest.waitForSsh('op', disk)
    interrupt.abort()
    await expect(waiting).rejects.toMatchObject({ kind: 'interrupted', code: 'INTERRUPTED' })
    await guest.shutdown()
    await expectNothingLeft()
  })

  test('a login that never works is an error with the console beside it', async () => {
    const boot = withBootedImage(disk, {}, testIo(temporary), (guest) => guest.waitForSsh('op', disk, 2000))
    await expect(boot).rejects.toMatchObject({
      code: 'SSH_REFUSED',
      message: expect.stringContaining("User 'op' could not log in over ssh within 2 seconds") as string
    })
    await expectNothingLeft()
  })

  test('the command for people works when pasted, whatever the path', async () => {
    const { boot } = manualCommands("it's a, disk.wic", {
      firmware: await findFirmware(),
      user: 'op',
      keyPath: 'key',
      sshPort: 0,
      cwd: directory
    })
    const shell = execFile('sh', ['-c', `exec ${boot}`], { cwd: '/' })
    try {
      const said = await new Promise<string>((done) => {
        let text = ''
        const listen = (chunk: string) => {
          text += chunk
          // Any word of the firmware: on a busy machine it may clear the screen between two of them.
          if (/BdsDxe|Interactive Shell|Shell>/.test(text)) done(text)
        }
        // What never speaks is reported with what it said, and does not hang the run.
        setTimeout(() => {
          done(text)
        }, 240_000).unref()
        shell.stdout!.on('data', listen)
        shell.stderr!.on('data', listen)
        shell.once('close', () => {
          done(text)
        })
      })
      expect(said).toMatch(/BdsDxe|Interactive Shell|Shell>/)
    } finally {
      const closed = new Promise((done) => shell.once('close', done))
      if (shell.kill()) await closed
    }
  }, 400_000)
})

test('a firmware that speaks is no proof that KVM runs a kernel', { timeout: 300_000 }, async () => {
  const choice = { disk, network: 'isolated', cpus: 1, memory: 256 } as const
  expect(await probeKvm(choice, testIo(temporary), 5000)).toBe(false)
  await expectNothingLeft()
})

describe('what cannot be booted', () => {
  test('QEMU that will not start says why', async () => {
    await expect(bootImage(disk, { memory: 1 << 30 }, testIo(temporary))).rejects.toMatchObject({
      kind: 'runtime-test',
      code: 'QEMU_FAILED',
      message: expect.stringMatching(/QEMU ended with exit code 1: .*\w/) as string
    })
    await expectNothingLeft()
  })

  test.each([
    ['a missing file', undefined, 'DISK_NOT_FOUND'],
    ['a compressed disk', Buffer.from('28b52ffd', 'hex'), 'DISK_NOT_RAW'],
    ['a QCOW2 disk, which could name other files', Buffer.from('QFI\u00fb', 'latin1'), 'DISK_NOT_RAW']
  ])('%s', async (_what, content, code) => {
    const path = join(directory, 'other.wic')
    if (content) await writeFile(path, Buffer.concat([content, Buffer.alloc(4096)]))
    await expect(bootImage(path, {}, testIo(temporary))).rejects.toMatchObject({ kind: 'usage', code, path })
    await expectNothingLeft()
  })

  test('a machine without firmware names the package to install', async () => {
    const boot = bootImage(disk, { firmwareDirectory: directory }, testIo(temporary))
    await expect(boot).rejects.toMatchObject({ kind: 'environment', code: 'FIRMWARE_MISSING' })
    await expectNothingLeft()
  })
})
