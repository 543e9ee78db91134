import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { Mmdebstrap } from './mmdebstrap.ts'

const mebibyte = 1024 * 1024
/** Room for logs, the AIDE database and one update of packages. */
const slack = 256 * mebibyte

/** tar options that keep owners by number, capabilities and ACLs. */
const keepAll = ['--numeric-owner', '--xattrs', '--xattrs-include=*']

/**
 * Extracts a tree of the cache below the scratch directory. mmdebstrap's own `tar-in` hook would do the same in
 * packets of 4 KiB, each acknowledged: several times slower.
 * @returns the directory; it belongs to root, or to the sub-uid that is root in the user namespace.
 */
export async function extractTree(tar: string, name: string, mmdebstrap: Mmdebstrap): Promise<string> {
  const tree = join(mmdebstrap.trees, name)
  await mmdebstrap.privileged('mkdir', [tree])
  // Where nodes can be made, mmdebstrap takes them for granted; elsewhere it mounts the machine's own for a while.
  const without = mmdebstrap.deviceNodes ? [] : ['--exclude=./dev/*']
  const args = ['--extract', `--directory=${tree}`, ...keepAll, ...without, '--file=-']
  await mmdebstrap.privileged('tar', args, {}, { stdin: tar })
  return tree
}

/** Arguments of a mmdebstrap run that works on a tree in place, without apt. */
export function onTree(): string[] {
  return [
    '--variant=custom',
    '--format=directory',
    // The tree is there, and brings its lists and caches in order already.
    '--skip=check/empty,setup,update,cleanup/apt,cleanup/mmdebstrap'
  ]
}

/** Removes a tree. */
export async function removeTree(tree: string, mmdebstrap: Mmdebstrap): Promise<void> {
  await mmdebstrap.privileged('rm', ['-rf', '--one-file-system', tree])
}

/** What the engine must know of the root file system it just made. */
export interface TreeFacts {
  /** Copies outside the tree. */
  kernel: string
  initrd: string
  /** Contents of /usr/lib/os-release and /var/lib/dpkg/status. */
  osRelease: string
  status: string
  /** Bytes of an ext4 that holds the tree with room for logs. */
  ext4Size: number
}

/** `$1` tree, `$2` directory for copies, `$3` epoch. Prints blocks of 4 KiB and the number of files. */
const finishScript = `
set -eu
tree=$1 out=$2 epoch=$3
umask 022
mkdir "$out"
find "$tree/dev" -mindepth 1 -delete
# What this build wrote has the time of the build; what packages brought is older.
find "$tree" -xdev -newermt "@$epoch" -exec touch --no-dereference --date="@$epoch" {} +
take() {
  [ -f "$tree$1" ] && [ ! -L "$tree$1" ] || return 0
  cat "$tree$1" >"$out/$2"
}
newest() { (cd "$tree/boot" 2>/dev/null && ls -d "$1"* 2>/dev/null) | sort -V | tail -n 1; }
kernel=$(newest vmlinuz-)
initrd=$(newest initrd.img-)
[ -z "$kernel" ] || take "/boot/$kernel" vmlinuz
[ -z "$initrd" ] || take "/boot/$initrd" initrd.img
take /usr/lib/os-release os-release
take /var/lib/dpkg/status status
# Sizes of directories depend on the building machine's file system; links count once.
find "$tree" -xdev -printf '%y %s %i\\n' | awk '
  { count++ }
  $1 != "f" { blocks++; next }
  !seen[$3]++ { blocks += int(($2 + 4095) / 4096) }
  END { print blocks + 0, count + 0 }'
`

async function taken(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new HardenError('build', 'TREE_INCOMPLETE', `The root file system holds no ${what}.`, { cause })
  }
}

/**
 * Makes a finished tree the same for the same packages and settings (no device nodes, no time after `epoch`) and
 * reads what the disk image needs.
 * @throws HardenError build: `NO_KERNEL`, `TREE_INCOMPLETE`.
 */
export async function finishTree(tree: string, epoch: number, mmdebstrap: Mmdebstrap): Promise<TreeFacts> {
  const beside = join(mmdebstrap.trees, 'taken')
  const said = await mmdebstrap.privileged('sh', ['-c', finishScript, 'sh', tree, beside, String(epoch)])
  const [blocks = NaN, count = NaN] = said.stdout.toString().trim().split(' ').map(Number)
  const kernel = join(beside, 'vmlinuz')
  const initrd = join(beside, 'initrd.img')
  const exists = (path: string) =>
    stat(path).then(
      (found) => found.size > 0,
      () => false
    )
  if (!(await exists(kernel)) || !(await exists(initrd))) {
    throw new HardenError(
      'build',
      'NO_KERNEL',
      'The root file system holds no kernel or no initrd in /boot.',
      {
        hint: 'Set KERNEL_NAME to the flavour of a linux-image package: KERNEL_NAME = "amd64".'
      }
    )
  }
  const content = blocks * 4096 * 1.06 + count * 320
  return {
    kernel,
    initrd,
    osRelease: await taken(join(beside, 'os-release'), 'os-release'),
    status: await taken(join(beside, 'status'), 'dpkg status'),
    ext4Size: Math.ceil((content + slack) / mebibyte) * mebibyte
  }
}

/** Packs a finished tree into a tar.zst: sorted, in pax form, with owners by number, the same bytes every time. */
export async function packTree(
  tree: string,
  output: string,
  epoch: number,
  mmdebstrap: Mmdebstrap
): Promise<void> {
  await mmdebstrap.privileged(
    'tar',
    [
      ...['--create', '--sort=name', '--format=pax', '--numeric-owner', '--xattrs', '--one-file-system'],
      '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
      `--mtime=@${epoch}`,
      '--clamp-mtime',
      // Level 3 takes a third of the time of 6 and 6 % more room.
      '--use-compress-program=zstd -q -T0 -3',
      `--directory=${tree}`,
      '.'
    ],
    {},
    { stdout: output }
  )
}
