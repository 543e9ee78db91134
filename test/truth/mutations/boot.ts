import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TreeEdit } from '../changed-image.ts'
import type { Harmless, Mutation } from '../mutation.ts'
import { unifiedKernel } from '../unified-kernel.ts'
import { all, installed, written } from './system-edits.ts'

const zeros = '0'.repeat(64)
const program = '/usr/bin/swupdate'
const signedImages = 'Error: SWUpdate is built for signed images, provide a public key file.'
const fstab = '/etc/fstab'

/** A certificate of this subject, made now; nobody keeps its key. */
function certificate(subject: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'kas-harden-truth-'))
  try {
    const file = join(directory, 'cert')
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', subject, '-out', file]
    execFileSync('openssl', [...args, '-keyout', join(directory, 'key')], { stdio: 'pipe' })
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** SWUpdate as a board with A/B slots has it, but for what defeats it. */
function swupdate(more: Mutation['change'], text = signedImages): Mutation['change'] {
  return all(
    written(program, text, 0o755),
    written('/etc/swupdate.cfg', 'globals : {\n  public-key-file = "/usr/share/swupdate/key.pem";\n};\n'),
    more
  )
}
const key =
  (subject: string): Mutation['change'] =>
  (tree: TreeEdit) => {
    tree.write('/usr/share/swupdate/key.pem', certificate(subject))
  }
const update = ['update-authenticity/swupdate']

/** A line of fstab for what somebody plugs in. */
const mounted = (line: string): Mutation => ({
  name: `fstab: ${line}`,
  class: 'edit',
  change: (tree) => tree.append(fstab, `${line}\n`),
  fails: ['removable-media/mounts']
})

/** The modules are in the kernel of a device with USB, and nothing blocks them. */
function usbStorage(tree: TreeEdit): void {
  const [version = ''] = tree.list('/usr/lib/modules')
  tree.write(`/usr/lib/modules/${version}/kernel/drivers/usb/storage/usb-storage.ko`, 'module')
}

export const bootMutations: readonly Mutation[] = [
  {
    name: 'boot: GRUB starts a kernel beside the unified one',
    class: 'generator',
    change: (tree) => {
      tree.esp('/EFI/debian/grub.cfg', `linux /vmlinuz ${tree.commandLines[0] ?? ''}\n`)
    },
    fails: ['unified-kernel/only']
  },
  {
    name: 'boot: one of two programs is signed, and that one badly',
    class: 'binary',
    change: (tree) => {
      const kernel = unifiedKernel(tree.commandLines[0] ?? '', Buffer.from('no signature'))
      tree.esp('/EFI/Linux/signed.efi', kernel)
    },
    fails: ['secure-boot/signed']
  },
  {
    name: 'boot: a root hash that is none',
    class: 'cmdline',
    change: (tree) => {
      tree.cmdline((line) => `${line} roothash=1234`)
    },
    fails: ['verified-root/root-hash', 'verified-root/tree']
  },
  {
    name: 'boot: the root is not checked',
    class: 'cmdline',
    change: (tree) => {
      tree.cmdline((line) => `${line} roothash=${zeros} systemd.verity=no`)
    },
    fails: ['verified-root/root-hash'],
    unknown: ['verified-root/tree']
  },
  {
    name: 'boot: damaged blocks pass',
    class: 'cmdline',
    change: (tree) => {
      tree.cmdline((line) => `${line} roothash=${zeros} systemd.verity_root_options=ignore-corruption`)
    },
    fails: ['verified-root/root-hash'],
    unknown: ['verified-root/tree']
  },
  {
    name: 'SWUpdate without a key',
    class: 'edit',
    change: written(program, signedImages, 0o755),
    fails: update
  },
  {
    name: 'SWUpdate built without signatures',
    class: 'binary',
    change: swupdate(key('/CN=supplier'), 'SWUpdate'),
    fails: update
  },
  { name: 'SWUpdate with a test key', class: 'edit', change: swupdate(key('/O=Snake Oil')), fails: update },
  {
    name: 'SWUpdate with a key of its arguments that is not there',
    class: 'drop-in',
    change: swupdate(
      all(key('/CN=supplier'), written('/etc/swupdate/conf.d/99-x', 'SWUPDATE_ARGS="-k /tmp/key"\n'))
    ),
    fails: update
  },
  mounted('/dev/sda1 /media/stick vfat noauto 0 0'),
  mounted('/dev/sda1 /srv/stick vfat user,exec 0 0'),
  ...['udisks2', 'autofs', 'usbmount'].map((name): Mutation => ({
    name: `installed: ${name}`,
    class: 'package',
    change: installed(name),
    fails: ['removable-media/automount']
  })),
  {
    name: 'media: nothing blocks mass storage',
    class: 'edit',
    change: all((tree) => {
      // Debian 11 has it in /lib.
      for (const path of tree.find(/60-kas-harden-media\.conf$/)) tree.remove(path)
    }, usbStorage),
    fails: ['removable-media/modules']
  },
  {
    name: 'media: an earlier install command loads it',
    class: 'drop-in',
    change: all(
      written(
        '/etc/modprobe.d/10-usb.conf',
        'install usb_storage /sbin/modprobe --ignore-install usb_storage\n'
      ),
      usbStorage
    ),
    fails: ['removable-media/modules']
  },
  {
    name: 'media: the file is masked in /etc',
    class: 'mask',
    change: all((tree) => {
      tree.link('/etc/modprobe.d/60-kas-harden-media.conf', '/dev/null')
    }, usbStorage),
    fails: ['removable-media/modules']
  },
  {
    name: 'installed: usbguard without rules',
    class: 'package',
    change: installed('usbguard'),
    fails: ['removable-media/usbguard']
  },
  {
    name: 'trust: the store belongs to another',
    class: 'permission',
    change: (tree) => {
      tree.facts('/etc/ssl/certs', { mode: 0o777 })
    },
    fails: [
      'owner-trust-anchors/store',
      'least-privilege/world-writable',
      'data-at-rest/world-writable',
      'sudo-roles/world-writable'
    ]
  },
  {
    name: 'trust: another update-ca-certificates',
    class: 'binary',
    change: written('/usr/sbin/update-ca-certificates', '#!/bin/sh\nexit 0\n', 0o755),
    fails: ['owner-trust-anchors/tool']
  }
]

export const bootHarmless: readonly Harmless[] = [
  {
    name: 'boot: a program of the firmware beside the kernel',
    change: (tree) => {
      tree.esp('/EFI/tools/memtest.efi', 'MZ')
    }
  },
  {
    name: 'fstab: a disk inside',
    change: (tree) => tree.append(fstab, '/dev/sdb1 /srv ext4 defaults 0 2\n')
  },
  {
    name: 'fstab: a stick that runs nothing',
    change: (tree) => tree.append(fstab, '/dev/sda1 /media/stick vfat noauto,nodev,nosuid,noexec 0 0\n')
  }
]
