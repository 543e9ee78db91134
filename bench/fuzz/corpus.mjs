// Small images of every form, made by the real tools.
import { Buffer } from 'node:buffer'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, linkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { containerImage } from './repair.mjs'

const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C.UTF-8' }
const sh = (cwd, command) =>
  execFileSync('sh', ['-ec', command], {
    cwd,
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26
  })

const stanza = (name) =>
  `Package: ${name}\nStatus: install ok installed\nPriority: optional\nSection: misc\nInstalled-Size: 12\nMaintainer: A <a@example.org>\nArchitecture: amd64\nMulti-Arch: same\nSource: src (1:2.0-1+b1)\nVersion: 1:2.0~rc1-1+deb12u1\nProvides: virtual (= 1), other\nDepends: libc6 (>= 2.36), one | b (<< 3) [amd64] <!nocheck>, virtual (>= 1), two:any\nPre-Depends: dpkg (>= 1.17)\nBuilt-Using: linux (= 6.1-1)\nHomepage: https://example.org/\nConffiles:\n /etc/x 0123456789abcdef0123456789abcdef\nDescription: short\n long line\n .\n more\n\n`

const dep5 = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: one
License: GPL-2+

Files: *
Copyright: 2001-2020, A Person <a@example.org>
 2020, Another
License: GPL-2+ with OpenSSL exception, or Expat and (BSD-3-clause or Artistic)

Files: debian/*
Copyright: 2020 Someone
License: LGPL-2.1+ and public-domain
 On Debian systems see /usr/share/common-licenses/LGPL-2.1

License: Expat
 Permission is hereby granted, free of charge, to any person
 .
 THE SOFTWARE IS PROVIDED "AS IS"

License: public-domain
 Nobody owns it.
`

const freeText = `This package was debianized by A <a@example.org> on Mon, 1 Jan 2001.

Copyright (C) 1999-2003 Free Software Foundation, Inc.

This program is free software; you can redistribute it and/or modify it under the terms of the
GNU General Public License as published by the Free Software Foundation; either version 2, or
(at your option) any later version.

On Debian systems, the complete text can be found in /usr/share/common-licenses/GPL-2.
`

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

/** The tree all images are made of. */
function makeTree(tree) {
  const long = 'long-'.repeat(24)
  const directories = ['etc/ssl', 'usr/lib', 'usr/bin', 'var/lib/dpkg/info', `opt/${long}`]
  const packages = ['one', 'two', 'three']
  for (const path of [...directories, ...packages.map((name) => `usr/share/doc/${name}`)])
    mkdirSync(join(tree, path), { recursive: true })
  const files = {
    'usr/lib/os-release':
      'ID=debian\nVERSION_CODENAME=bookworm\nVERSION_ID="12"\nPRETTY_NAME="Debian \\"12\\""\n',
    'etc/debian_version': '12.4\n',
    'var/lib/dpkg/status': packages.map(stanza).join(''),
    'var/lib/dpkg/info/one:amd64.list': '/.\n/usr\n/usr/bin\n/usr/bin/one\n',
    'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
    'usr/bin/one': '#!/bin/sh\n',
    'usr/share/doc/one/copyright': dep5,
    'usr/share/doc/two/copyright': freeText,
    [`opt/${long}/file`]: 'x'.repeat(9000)
  }
  for (const [path, content] of Object.entries(files)) writeFileSync(join(tree, path), content)
  symlinkSync('../usr/lib/os-release', join(tree, 'etc/os-release'))
  linkSync(join(tree, 'etc/passwd'), join(tree, 'etc/passwd-'))
  sh(tree, 'chmod 755 usr/bin/one && setcap cap_setuid,cap_net_raw+ep usr/bin/one')
  return files
}

export function makeCorpus(directory) {
  const files = makeTree(join(directory, 'tree'))
  sh(
    directory,
    `tar -C tree --numeric-owner -cf gnu.tar . && tar -C tree --format=pax --xattrs --xattrs-include='*' -cf pax.tar . && tar -C tree --sparse -cf sparse.tar .
     gzip -k -n gnu.tar; zstd -q -k gnu.tar; xz -k gnu.tar
     truncate -s 1M ext4 && mke2fs -q -t ext4 -O ^has_journal -d tree ext4 && zstd -q -k ext4
     mksquashfs tree squashfs -noappend -no-progress -quiet
     mksquashfs tree squashfs.zst -noappend -no-progress -quiet -comp zstd
     mkfs.erofs erofs tree
     truncate -s 8M wic && printf 'label: gpt\\nstart=2048,size=2MiB,type=U\\nstart=3MiB,size=1MiB,type=4f68bce3-e8cd-4db1-96e7-fbcaf984b709,name=root\\nstart=4MiB,size=1MiB,type=4f68bce3-e8cd-4db1-96e7-fbcaf984b709,name=rootb\\nstart=5MiB,size=1MiB,type=4f68bce3-e8cd-4db1-96e7-fbcaf984b709,name=rootc\\n' | sfdisk -q wic
     truncate -s 2M esp && mkfs.vfat esp && dd if=esp of=wic bs=1M seek=1 conv=notrunc && dd if=ext4 of=wic bs=1M seek=3 conv=notrunc && dd if=squashfs of=wic bs=1M seek=4 conv=notrunc && dd if=erofs of=wic bs=1M seek=5 conv=notrunc
     printf 'software = { images: ( { filename = "ext4.zst"; } ); }' > sw-description
     printf 'sw-description\\next4.zst\\n' | cpio -o -H crc > swu`
  )
  const read = (name) => readFileSync(join(directory, name))
  const names = ['gnu.tar', 'pax.tar', 'sparse.tar', 'gnu.tar.gz', 'gnu.tar.zst', 'gnu.tar.xz']
  const others = ['ext4', 'ext4.zst', 'squashfs', 'squashfs.zst', 'erofs', 'wic', 'swu']
  const images = Object.fromEntries([...names, ...others].map((name) => [name, read(name)]))
  const whiteouts = sh(
    directory,
    'mkdir -p w/etc w/opt && touch w/etc/.wh.passwd w/opt/.wh..wh..opq && tar -C w -c .'
  )
  return {
    images: { ...images, oci: containerImage([images['pax.tar'], whiteouts]) },
    layers: [images['pax.tar'], whiteouts],
    tree: join(directory, 'tree'),
    files,
    status: Buffer.from(files['var/lib/dpkg/status']),
    copyright: [Buffer.from(dep5), Buffer.from(freeText)],
    manifest: Buffer.from('src|1.0|one:amd64|1.0\nsrc|1:2~rc1-1|two:all|1:2~rc1-1\n'),
    pe: peFile(),
    grub: Buffer.from(
      "menuentry 'x' {\n linux /vmlinuz root=UUID=1 \\\n  quiet\n initrd /i\n}\nlinuxefi /k \"a b\" 'c'\n"
    ),
    osRelease: Buffer.from(files['usr/lib/os-release']),
    sfdisk: sh(directory, 'sfdisk --json wic'),
    debugfsPlain: sh(directory, "debugfs -R 'ls -p /' ext4"),
    debugfsLong: sh(directory, "debugfs -R 'ls -l /' ext4"),
    squashfsRows: sh(directory, 'unsquashfs -lln -d MARK squashfs'),
    getcap: sh(directory, 'getcap -r "$PWD/tree"'),
    fakeroot: Buffer.from(
      'dev=fe01,ino=11553210,mode=100755,uid=0,gid=42,nlink=1,rdev=0\ndev=fe01,ino=1,mode=20644,uid=0,gid=0,nlink=1,rdev=259\n'
    )
  }
}
