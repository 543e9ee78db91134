// The image the SBOM is measured on, in every form: node bench/reference-image.mjs DIR (root; needs mmdebstrap, a Debian
// mirror, e2fsprogs, squashfs-tools, erofs-utils, fdisk, mtools, dosfstools, xz-utils, zstd; 5 GB and some minutes).
// DIR/large holds a root file system of four times the size and inodes, with the same packages.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What an industrial gateway has: crypto, logging, integrity, time, TPM, accounts, filtering; 221 packages on bookworm. */
const packages = [
  'openssl,fail2ban,openssh-server,openssh-client,syslog-ng-core,aide,aide-common,chrony,tpm2-tools,tpm2-abrmd',
  'libtss2-esys-3.0.2-0,libpam-pwquality,acl,auditd,uuid-runtime,sudo,passwd,login,nftables',
  'libpam-google-authenticator,cryptsetup,apparmor,libpam-modules,systemd-sysv,dbus,linux-image-cloud-amd64'
].join(',')

const uuid = '11111111-2222-3333-4444-55555555555'
const espBytes = 64 * 2 ** 20
const mebibyte = 2 ** 20

function run(directory, command, ...args) {
  execFileSync(command, args, {
    cwd: directory,
    env: { ...process.env, SOURCE_DATE_EPOCH: '1763596800', PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    stdio: ['ignore', 'ignore', 'inherit']
  })
}

/** Bytes of everything below a directory. */
function sizeOf(directory) {
  return Number(execFileSync('du', ['-sb', directory], { encoding: 'utf8' }).split('\t')[0])
}

function makeExt4(directory) {
  const size = Math.ceil((sizeOf(join(directory, 'tree')) * 1.35) / mebibyte) + 96
  const extended = `hash_seed=${uuid}6,lazy_itable_init=0`
  run(
    directory,
    'mke2fs',
    ...['-q', '-F', '-t', 'ext4', '-d', 'tree', '-L', 'rootfs', '-U', `${uuid}5`, '-E', extended],
    ...['rootfs.ext4', `${size}M`]
  )
}

/** GPT with an EFI system partition and the ext4 as root. */
function makeDisk(directory) {
  const at = (name) => join(directory, name)
  const bytes = statSync(at('rootfs.ext4')).size
  run(directory, 'truncate', '-s', String(3 * mebibyte + espBytes + bytes), 'disk.wic')
  execFileSync('/usr/sbin/sfdisk', ['-q', at('disk.wic')], {
    input: [
      'label: gpt',
      `start=2048, size=${espBytes / 512}, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="efi"`,
      `start=${2048 + espBytes / 512}, size=${bytes / 512}, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name="rootfs"`
    ].join('\n')
  })
  run(directory, 'mkfs.vfat', '-C', '-n', 'EFI', '-i', 'AABBCCDD', 'esp.img', String(espBytes / 1024))
  for (const name of readdirSync(at('tree/boot')))
    if (/^(?:vmlinuz|initrd)/.test(name)) run(directory, 'mcopy', '-i', 'esp.img', `tree/boot/${name}`, '::/')
  run(directory, 'dd', 'if=esp.img', 'of=disk.wic', 'bs=1M', 'seek=1', 'conv=notrunc', 'status=none')
  const place = ['bs=1M', `seek=${1 + espBytes / mebibyte}`, 'conv=notrunc,sparse', 'status=none']
  run(directory, 'dd', 'if=rootfs.ext4', 'of=disk.wic', ...place)
  rmSync(at('esp.img'))
}

const squashfs = ['-noappend', '-no-progress', '-quiet', '-comp', 'zstd', '-Xcompression-level', '3']

/** Makes what is not there. */
export function makeReferenceImages(directory) {
  mkdirSync(directory, { recursive: true })
  const missing = (name) => !existsSync(join(directory, name))
  if (missing('rootfs.tar')) {
    const options = ['--variant=minbase', '--mode=root', `--include=${packages}`]
    const plain = '--aptopt=Apt::Install-Recommends "false"'
    run(directory, 'mmdebstrap', ...options, plain, 'bookworm', 'rootfs.tar')
  }
  if (missing('tree')) {
    mkdirSync(join(directory, 'tree'))
    const unpack = ['-xpf', 'rootfs.tar', '-C', 'tree', '--numeric-owner', '--xattrs', '--exclude=./dev/*']
    run(directory, 'tar', ...unpack)
  }
  if (missing('rootfs.tar.gz')) run(directory, 'gzip', '-nk6', 'rootfs.tar')
  if (missing('rootfs.tar.xz')) run(directory, 'xz', '-qkT2', '-3', 'rootfs.tar')
  if (missing('rootfs.tar.zst')) run(directory, 'zstd', '-qT2', '-3', 'rootfs.tar')
  if (missing('rootfs.ext4')) makeExt4(directory)
  if (missing('rootfs.squashfs')) run(directory, 'mksquashfs', 'tree', 'rootfs.squashfs', ...squashfs)
  if (missing('disk.wic')) makeDisk(directory)
  const large = join(directory, 'large')
  if (existsSync(large)) return
  mkdirSync(large)
  run(directory, 'cp', '-a', 'tree', 'large/tree')
  for (const copy of ['1', '2', '3']) run(directory, 'cp', '-a', 'tree', `large/tree/opt/${copy}`)
  run(large, 'tar', '-cf', 'rootfs.tar', '--numeric-owner', '--xattrs', '-C', 'tree', '.')
  run(large, 'zstd', '-qT2', '-3', '--rm', 'rootfs.tar')
  makeExt4(large)
  run(large, 'mksquashfs', 'tree', 'rootfs.squashfs', ...squashfs)
  makeDisk(large)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv[2]) throw new Error('Say where: node bench/reference-image.mjs DIR')
  makeReferenceImages(resolve(process.argv[2]))
}
