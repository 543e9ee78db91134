import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { readKernelCommandLines } from '../../lib/image/boot-config.ts'
import {
  grubCommandLines,
  loaderEntryCommandLine,
  unifiedKernelCommandLines
} from '../../lib/image/boot-entries.ts'
import { makeDisk, makeExt4, makeSmallTree, put, scratchDirectory, tool, withImage } from './images.ts'

const scratch = await scratchDirectory()
let root = ''
let uki = ''
let plainProgram = ''

/** A real PE file whose sections are made by objcopy(1), as the engines make unified kernel images. */
async function peFile(name: string, sections: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const object = join(scratch, `${name}.o`)
  const output = join(scratch, name)
  await tool('sh', '-c', `printf '' | as -o '${object}' -`)
  await tool('ld', '-m', 'i386pep', '--oformat', 'pei-x86-64', '-o', `${output}.pe`, object).catch(() =>
    tool('objcopy', '-I', 'elf64-x86-64', '-O', 'pei-x86-64', object, `${output}.pe`)
  )
  const options: string[] = []
  let address = 0x30000
  for (const [section, content] of Object.entries(sections)) {
    const file = join(scratch, `${name}${section}`)
    await writeFile(file, content)
    options.push(
      '--add-section',
      `${section}=${file}`,
      '--change-section-vma',
      `${section}=0x${address.toString(16)}`
    )
    options.push('--set-section-flags', `${section}=contents,alloc,load,readonly,data`)
    address += 0x10000
  }
  await tool('objcopy', ...options, `${output}.pe`, output)
  return output
}

beforeAll(async () => {
  await makeSmallTree(join(scratch, 'tree'))
  await put(join(scratch, 'tree'), 'etc/kernel/cmdline', '# stale\nroot=LABEL=x\n  quiet\n')
  root = await makeExt4(join(scratch, 'tree'), join(scratch, 'root'), '4M')
  uki = await peFile('uki.efi', { '.cmdline': 'root=PARTUUID=1 ro audit=1\n', '.linux': 'kernel' })
  plainProgram = await peFile('plain.efi', { '.sbat': 'sbat,1' })
})

async function linesOf(path: string) {
  return withImage(path, (image) => readKernelCommandLines(image))
}

describe('a disk', () => {
  test('unified kernel images on the ESP, every one of them', async () => {
    const other = await peFile('other.efi', {
      '.cmdline': 'root=PARTUUID=2 init=/bin/sh',
      '.linux': 'kernel'
    })
    const bare = await peFile('bare.efi', { '.linux': 'kernel' })
    const path = await makeDisk(join(scratch, 'uki-disk'), [{ image: root }], {
      '/EFI/BOOT/BOOTX64.EFI': uki,
      '/EFI/Linux/b.efi': other,
      '/EFI/Linux/c.efi': bare,
      '/EFI/Linux/shell.efi': plainProgram
    })
    expect(await linesOf(path)).toEqual([
      { source: 'ESP:/EFI/BOOT/BOOTX64.EFI', cmdline: 'root=PARTUUID=1 ro audit=1' },
      { source: 'ESP:/EFI/Linux/b.efi', cmdline: 'root=PARTUUID=2 init=/bin/sh' },
      { source: 'ESP:/EFI/Linux/c.efi', cmdline: '' }
    ])
  })

  test('systemd-boot entries on the ESP', async () => {
    const entry = join(scratch, 'entry.conf')
    await writeFile(entry, 'title Debian\nlinux /vmlinuz\noptions root=LABEL=r\noptions audit=1\n')
    const path = await makeDisk(join(scratch, 'loader-disk'), [{ image: root }], {
      '/EFI/BOOT/BOOTX64.EFI': plainProgram,
      '/loader/entries/debian.conf': entry
    })
    expect(await linesOf(path)).toEqual([
      { source: 'ESP:/loader/entries/debian.conf', cmdline: 'root=LABEL=r audit=1' }
    ])
  })

  test('GRUB on the ESP that points to the root: its configuration there counts', async () => {
    const tree = join(scratch, 'grub-tree')
    await makeSmallTree(tree)
    await put(tree, 'boot/grub/grub.cfg', 'menuentry x {\n  linux /vmlinuz root=/dev/sda2 ro quiet\n}\n')
    const stub = join(scratch, 'grub.cfg')
    await writeFile(stub, 'search --set=root x\nconfigfile /boot/grub/grub.cfg\n')
    const image = await makeExt4(tree, join(scratch, 'grub-root'), '4M')
    const files = { '/EFI/BOOT/BOOTX64.EFI': uki, '/EFI/debian/grub.cfg': stub }
    expect(await linesOf(await makeDisk(join(scratch, 'grub-disk'), [{ image }], files))).toEqual([
      { source: 'ESP:/EFI/BOOT/BOOTX64.EFI', cmdline: 'root=PARTUUID=1 ro audit=1' },
      { source: '/boot/grub/grub.cfg:2', cmdline: 'root=/dev/sda2 ro quiet' }
    ])
  })
})

describe('a root file system alone', () => {
  test('/etc/kernel/cmdline only when there is no boot loader', async () => {
    expect(await linesOf(root)).toEqual([{ source: '/etc/kernel/cmdline', cmdline: 'root=LABEL=x quiet' }])
  })

  test('what lies below /boot and /efi', async () => {
    const tree = join(scratch, 'boot-tree')
    await put(tree, 'etc/kernel/cmdline', 'stale')
    await put(tree, 'boot/loader/entries/a.conf', 'linux /vmlinuz\n')
    await put(tree, 'boot/loader/entries/shell.conf', 'efi /shell.efi\n')
    await tool('mkdir', '-p', join(tree, 'boot/efi/EFI/Linux'))
    await tool('cp', uki, join(tree, 'boot/efi/EFI/Linux/debian.EFI'))
    expect(await linesOf(tree)).toEqual([
      { source: '/boot/loader/entries/a.conf', cmdline: '' },
      { source: '/boot/efi/EFI/Linux/debian.EFI', cmdline: 'root=PARTUUID=1 ro audit=1' }
    ])
  })

  test('nothing found is an empty list', async () => {
    await put(join(scratch, 'nothing'), 'etc/passwd')
    expect(await linesOf(join(scratch, 'nothing'))).toEqual([])
  })
})

describe('formats', () => {
  test('grub.cfg: quotes, continued lines, comments, other programs', () => {
    const text = [
      '# linux /commented out',
      'linux /vmlinuz-6.1 root=UUID=1 ro "a b" \\',
      '   audit=1',
      "linuxefi (hd0)/vmlinuz 'c d' $extra",
      'linux16 /boot/memtest86+x64.bin',
      'linux_theme x',
      'linux /vmlinuz'
    ].join('\n')
    expect(grubCommandLines(text)).toEqual([
      { line: 2, cmdline: 'root=UUID=1 ro a b audit=1' },
      { line: 4, cmdline: 'c d $extra' },
      { line: 7, cmdline: '' }
    ])
  })

  test('a loader entry without Linux is none', () => {
    expect(loaderEntryCommandLine('title Shell\nefi /shellx64.efi\n')).toBeUndefined()
    expect(loaderEntryCommandLine('efi /uki.efi\noptions  a=1 \n')).toBe('a=1')
  })

  test('the wide text of EFI Boot Guard', async () => {
    const wide = Buffer.from('root=/dev/sda2 ro\0', 'utf16le')
    const file = await peFile('ebg.efi', { '.cmdline': wide, '.kernel': 'kernel' })
    const { readFile } = await import('node:fs/promises')
    expect(unifiedKernelCommandLines(await readFile(file))).toEqual(['root=/dev/sda2 ro'])
  })

  test('what is no PE file, or breaks off, has no command line', async () => {
    const { readFile } = await import('node:fs/promises')
    const whole = await readFile(uki)
    expect(unifiedKernelCommandLines(whole)).toEqual(['root=PARTUUID=1 ro audit=1'])
    expect(unifiedKernelCommandLines(Buffer.from('MZ'))).toEqual([])
    for (let length = 0; length < whole.length; length += 7) {
      expect(() => unifiedKernelCommandLines(whole.subarray(0, length))).not.toThrow()
    }
  })
})
