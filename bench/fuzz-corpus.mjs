// Small images of every form, made by the real tools.
import { Buffer } from 'node:buffer'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, linkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C.UTF-8' }
const sh = (cwd, command) =>
  execFileSync('sh', ['-ec', command], {
    cwd,
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26
  })

const stanza = (name) =>
  `Package: ${name}\nStatus: install ok installed\nPriority: optional\nSection: misc\nInstalled-Size: 12\nMaintainer: A <a@example.org>\nArchitecture: amd64\nMulti-Arch: same\nSource: src (1:2.0-1+b1)\nVersion: 1:2.0~rc1-1+deb12u1\nDepends: libc6 (>= 2.36), a | b (<< 3) [amd64] <!nocheck>, c:any\nPre-Depends: dpkg (>= 1.17)\nConffiles:\n /etc/x 0123456789abcdef0123456789abcdef\nDescription: short\n long line\n .\n more\n\n`

/** A PE file with a command line, as a unified kernel image has. */
function peFile() {
  const file = Buffer.alloc(1024)
  file.write('MZ')
  file.writeUInt32LE(0x80, 0x3c)
  file.writeUInt32LE(0x4550, 0x80)
  file.writeUInt16LE(3, 0x86)
  file.writeUInt16LE(0x20, 0x94)
  for (const [index, name] of ['.text', '.cmdline', '.linux'].entries()) {
    const row = 0x98 + 0x20 + index * 40
    file.write(name, row)
    file.writeUInt32LE(30, row + 8)
    file.writeUInt32LE(32, row + 16)
    file.writeUInt32LE(0x200 + index * 32, row + 20)
  }
  file.write('root=/dev/vda2 quiet audit=1', 0x220)
  return file
}

export function makeCorpus(directory) {
  const tree = join(directory, 'tree')
  for (const path of [
    'etc/ssl',
    'usr/lib',
    'var/lib/dpkg/info',
    'usr/share/doc/one',
    `opt/${'long-'.repeat(24)}`
  ])
    mkdirSync(join(tree, path), { recursive: true })
  const status = ['one', 'two', 'three'].map(stanza).join('')
  const files = {
    'usr/lib/os-release': 'ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian \\"12\\""\n',
    'var/lib/dpkg/status': status,
    'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
    'usr/share/doc/one/copyright': 'Format: x\n'.repeat(200),
    [`opt/${'long-'.repeat(24)}/file`]: 'x'.repeat(9000)
  }
  for (const [path, content] of Object.entries(files)) writeFileSync(join(tree, path), content)
  symlinkSync('../usr/lib/os-release', join(tree, 'etc/os-release'))
  linkSync(join(tree, 'etc/passwd'), join(tree, 'etc/passwd-'))
  sh(
    directory,
    `tar -C tree --numeric-owner -cf gnu.tar . && tar -C tree --format=pax -cf pax.tar . && tar -C tree --sparse -cf sparse.tar .
     gzip -k -n gnu.tar; zstd -q -k gnu.tar; xz -k gnu.tar
     truncate -s 1M ext4 && mke2fs -q -t ext4 -O ^has_journal -d tree ext4 && zstd -q -k ext4
     mksquashfs tree squashfs -noappend -no-progress -quiet
     truncate -s 6M wic && printf 'label: gpt\\nstart=2048,size=2MiB,type=U\\nstart=3MiB,size=1MiB,type=4f68bce3-e8cd-4db1-96e7-fbcaf984b709,name=root\\n' | sfdisk -q wic
     truncate -s 2M esp && mkfs.vfat esp && dd if=esp of=wic bs=1M seek=1 conv=notrunc && dd if=ext4 of=wic bs=1M seek=3 conv=notrunc
     printf 'software = { images: ( { filename = "ext4.zst"; } ); }' > sw-description
     printf 'sw-description\\next4.zst\\n' | cpio -o -H crc > swu`
  )
  const read = (name) => readFileSync(join(directory, name))
  return {
    images: Object.fromEntries(
      [
        'gnu.tar',
        'pax.tar',
        'sparse.tar',
        'gnu.tar.gz',
        'gnu.tar.zst',
        'gnu.tar.xz',
        'ext4',
        'ext4.zst',
        'squashfs',
        'wic',
        'swu'
      ].map((name) => [name, read(name)])
    ),
    status: Buffer.from(status),
    manifest: Buffer.from('src|1.0|one:amd64|1.0\nsrc|1:2~rc1-1|two:all|1:2~rc1-1\n'),
    pe: peFile(),
    grub: Buffer.from(
      "menuentry 'x' {\n linux /vmlinuz root=UUID=1 \\\n  quiet\n initrd /i\n}\nlinuxefi /k \"a b\" 'c'\n"
    ),
    osRelease: Buffer.from(files['usr/lib/os-release']),
    sfdisk: sh(directory, 'sfdisk --json wic'),
    debugfsPlain: sh(directory, "debugfs -R 'ls -p /' ext4"),
    debugfsLong: sh(directory, "debugfs -R 'ls -l /' ext4"),
    squashfsRows: sh(directory, 'unsquashfs -lln -d MARK squashfs')
  }
}
