import { existsSync } from 'node:fs'
import { appendFile, copyFile, open, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CheckOf } from '../../lib/controls/check.ts'
import { readKernelCommandLines } from '../../lib/image/boot-config.ts'
import { checkBootChain } from '../../lib/verify/checks/boot-chain.ts'
import { makeDisk, makeSmallTree, makeSquashfs, scratchDirectory, tool, withImage } from '../image/images.ts'
import { contextOf } from './run-tree.ts'

const stub = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub'
/** What this machine lacks to make signed images with a verified root. */
const missing = [
  stub,
  '/usr/bin/sbsign',
  '/usr/sbin/veritysetup',
  '/usr/bin/bg_setenv',
  '/usr/bin/objcopy'
].filter((path) => !existsSync(path))

type Rule = CheckOf<'boot-chain'>['rule']
const scratch = await scratchDirectory()
const at = (name: string) => join(scratch, name)
let root = ''

/** Kernel, initrd and command line behind systemd's own stub, as ukify puts them together. */
async function unified(name: string, cmdline: string): Promise<string> {
  await writeFile(at(`${name}.cmdline`), cmdline)
  await writeFile(at('linux'), 'a kernel')
  const sections = ['.cmdline', at(`${name}.cmdline`), '.linux', at('linux')]
  const options = [0, 2].flatMap((index) => [
    ...['--add-section', `${sections[index]}=${sections[index + 1]}`],
    ...['--change-section-vma', `${sections[index]}=0x${(0x30000 + index * 0x100000).toString(16)}`]
  ])
  await tool('objcopy', ...options, stub, at(name))
  return at(name)
}

async function key(name: string, subject: string): Promise<void> {
  await tool(
    'openssl',
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', subject],
    ...['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)]
  )
}

async function signed(program: string, by = 'supplier'): Promise<string> {
  await tool(
    'sbsign',
    '--key',
    at(`${by}.key`),
    '--cert',
    at(`${by}.pem`),
    '--output',
    `${program}.${by}`,
    program
  )
  return `${program}.${by}`
}

async function answer(path: string, rule: Rule, expected: readonly string[] = []) {
  return withImage(path, async (image) => {
    const context = await contextOf(image)
    const check = { id: 'x', title: 'x', type: 'boot-chain' as const, rule, expected: [...expected] }
    const { status, message } = await checkBootChain(check, context)
    return `${status}: ${message}`
  })
}

beforeAll(async () => {
  await makeSmallTree(at('tree'))
  root = await makeSquashfs(at('tree'), at('root.squashfs'))
  await truncate(root, Math.ceil((await stat(root)).size / 2 ** 20) * 2 ** 20)
  if (missing.length > 0) return
  await key('supplier', '/CN=supplier of the device')
  await key('snakeoil', '/O=Snake Oil')
})

describe.skipIf(missing.length > 0)('the chain from the firmware to the root', () => {
  test('of unified kernel images only, and one that GRUB defeats', async () => {
    const uki = await unified('uki.efi', 'root=/dev/vda2 quiet')
    const only = await makeDisk(at('only'), [{ image: root }], { '/EFI/BOOT/BOOTX64.EFI': uki })
    expect(await answer(only, 'unified')).toMatch(/^pass: .*nothing else starts a kernel/)
    expect(await answer(only, 'signed')).toMatch(/^not-applicable/)
    expect(await answer(only, 'signed', ['secure-boot'])).toMatch(
      /^fail: The product should have secure-boot/
    )
    expect(await answer(only, 'verity')).toMatch(/^not-applicable/)

    await writeFile(at('grub.cfg'), 'linux /vmlinuz root=/dev/vda2 init=/bin/sh\n')
    const files = { '/EFI/Linux/a.efi': uki, '/EFI/debian/grub.cfg': at('grub.cfg') }
    const grub = await makeDisk(at('grub'), [{ image: root }], files)
    expect(await answer(grub, 'unified')).toMatch(/^fail: ESP:.*grub.cfg:1 starts a kernel/)
  })

  test('says nothing of a form without boot partitions', async () => {
    expect(await answer(root, 'unified')).toMatch(/^not-applicable/)
    expect(await answer(root, 'unified', ['unified-kernel'])).toMatch(/^unknown: Only a disk image/)
  })

  test('is signed, and the signature is of the content', async () => {
    const uki = await unified('plain.efi', 'root=/dev/vda2')
    const good = await signed(uki)
    const loader = await signed(await copy('/usr/lib/systemd/boot/efi/systemd-bootx64.efi', 'loader.efi'))
    const disk = (name: string, kernel: string) =>
      makeDisk(at(name), [{ image: root }], { '/EFI/BOOT/BOOTX64.EFI': loader, '/EFI/Linux/a.efi': kernel })
    expect(await answer(await disk('signed', good), 'signed')).toMatch(/^pass: 2 EFI programs/)
    expect(await answer(await disk('half', uki), 'signed')).toMatch(/^fail: ESP:.*a.efi has no signature/)
    expect(await answer(await disk('test', await signed(uki, 'snakeoil')), 'signed')).toMatch(
      /^fail: .*test key/
    )

    const changed = await readFile(good)
    const place = changed.indexOf('root=/dev/vda2')
    changed.write('root=/dev/sdz2', place)
    await writeFile(at('changed.efi'), changed)
    expect(await answer(await disk('changed', at('changed.efi')), 'signed')).toMatch(/^fail: .*doesn't fit/)
  })

  test('has a root with its hash, as systemd wants it', async () => {
    const out = await tool('veritysetup', 'format', root, at('tree.verity'))
    const hash = /Root hash:\s*(\S+)/.exec(out)?.[1] ?? ''
    await truncate(at('tree.verity'), 2 ** 20)
    const disk = async (name: string, cmdline: string, image = root) =>
      makeDisk(
        at(name),
        [{ image }, { image: at('tree.verity'), type: '2c7357ed-ebd2-46d9-aec1-23d437ec2bf5' }],
        {
          '/EFI/Linux/a.efi': await unified(`${name}.efi`, cmdline)
        }
      )
    const good = await disk('verity', `roothash=${hash} quiet`)
    expect(await answer(good, 'verity')).toMatch(/^pass/)
    expect(await answer(good, 'verity-tree')).toMatch(/^pass: Every block/)
    const other = await disk('other', `roothash=${'0'.repeat(64)}`)
    expect(await answer(other, 'verity')).toMatch(/^pass/)
    expect(await answer(other, 'verity-tree')).toMatch(/^fail: The root doesn't fit/)
    expect(await answer(await disk('off', `roothash=${hash} systemd.verity=no`), 'verity')).toMatch(
      /^fail: .*verity=no/
    )

    const evil = at('evil.squashfs')
    await copyFile(root, evil)
    const file = await open(evil, 'r+')
    await file.write('changed', 5000)
    await file.close()
    expect(await answer(await disk('evil', `roothash=${hash}`, evil), 'verity-tree')).toMatch(/^fail/)
  })

  test('is what EFI Boot Guard starts, with root and tree in one partition as isar-cip-core has it', async () => {
    const image = at('cip.verity')
    await copyFile(root, image)
    const { size } = await stat(root)
    const blocks = [
      '--hash-block-size',
      '1024',
      '--data-block-size',
      '1024',
      '--data-blocks',
      String(size / 1024)
    ]
    const out = await tool('veritysetup', 'format', ...blocks, '--hash-offset', String(size), image, image)
    const hash = /Root hash:\s*(\S+)/.exec(out)?.[1] ?? ''
    const options = `cip.verity_root_options=data-blocks=${size / 1024},hash-offset=${size},hash=${hash}`
    const kernel = await signed(await unified('cip.efi', `${options} watchdog.x=1`))
    const boot = await bootPartition('boot0', kernel, '')
    const open = await bootPartition('boot1', kernel, 'init=/bin/sh')
    const fat = 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7'
    const esp = { '/EFI/BOOT/BOOTX64.EFI': await signed(await copy(stub, 'ebg.efi')) }
    const disk = await makeDisk(
      at('cip'),
      [
        { image: boot, type: fat, name: 'BOOT0' },
        { image, name: 'systema' }
      ],
      esp
    )
    await withImage(disk, async (opened) => {
      expect(await readKernelCommandLines(opened)).toEqual([
        { source: 'partition 2 ("BOOT0"):/linux.efi', cmdline: `${options} watchdog.x=1` }
      ])
    })
    for (const rule of ['unified', 'signed', 'verity', 'verity-tree'] as const)
      expect(await answer(disk, rule), rule).toMatch(/^pass/)
    const defeated = await makeDisk(at('cip2'), [{ image: open, type: fat, name: 'BOOT1' }, { image }], esp)
    expect(await answer(defeated, 'unified')).toMatch(/^fail: .*adds arguments/)
    expect(await answer(defeated, 'verity')).toMatch(/^fail: .*without a root hash/)
  })
})

if (missing.length > 0) {
  test('boot chains', (context) => {
    context.skip(`this machine lacks ${missing.join(', ')}`)
  })
}

async function copy(from: string, name: string): Promise<string> {
  await copyFile(from, at(name))
  return at(name)
}

/** A partition of EFI Boot Guard, its environment written by the real bg_setenv. */
async function bootPartition(name: string, kernel: string, args: string): Promise<string> {
  const environment = at(`${name}.dat`)
  await writeFile(environment, '')
  await appendFile(environment, Buffer.alloc(132_104))
  await tool(
    'bg_setenv',
    '-f',
    environment,
    '-k',
    `C:${name.toUpperCase()}:linux.efi`,
    '-a',
    args,
    '-r',
    '2',
    '-s',
    '0'
  )
  await tool('truncate', '-s', '4M', at(name))
  await tool('mkfs.vfat', '-n', name.toUpperCase(), at(name))
  await tool('mcopy', '-i', at(name), kernel, '::linux.efi')
  await tool('mcopy', '-i', at(name), environment, '::BGENV.DAT')
  return at(name)
}
