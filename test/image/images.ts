import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, lchown, link, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll } from 'vitest'
import { nodeExec } from '../../lib/base/exec.ts'
import { HardenError } from '../../lib/base/errors.ts'
import type { Image, ImageEntry } from '../../lib/image/image.ts'
import { openImage } from '../../lib/image/open-image.ts'

/** Real images of small trees, made by the real tools; needs root for owners and devices. */

const execute = promisify(execFile)

export const io = { exec: nodeExec(process.env), env: process.env }

export async function tool(file: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C.UTF-8' }
  return (await execute(file, args, { env, maxBuffer: 2 ** 26 })).stdout
}

/** Why bubblewrap can't shut a program in on this machine (a container without user namespaces); undefined when it can. */
export async function sandboxProblem(): Promise<string | undefined> {
  try {
    await tool('bwrap', '--unshare-all', '--ro-bind', '/', '/', 'true')
    return undefined
  } catch (error) {
    return `erofs needs bubblewrap, which does not work here: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** A private directory for one test file, removed at its end. */
export async function scratchDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'kas-harden-image-test-'))
  await chmod(directory, 0o755)
  afterAll(() => rm(directory, { recursive: true, force: true }))
  return directory
}

export async function put(
  root: string,
  path: string,
  content: string | Buffer = '',
  mode = 0o644
): Promise<void> {
  const file = join(root, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
  await chmod(file, mode)
}

export const longName = `${'long-name-'.repeat(20)}.txt`
export const longPath = `/usr/share/${'deep-directory/'.repeat(10)}file`
export const bigContent = randomBytes(3 * 2 ** 20 + 17)
export const status = 'Package: tiny\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2.0-1\n\n'
export const osRelease =
  'ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'

/** A root file system with one of everything. */
export async function makeTree(root: string): Promise<void> {
  await mkdir(root, { recursive: true })
  await chmod(root, 0o755)
  await put(root, 'etc/passwd', 'root:x:0:0:root:/root:/bin/bash\n')
  await put(root, 'etc/shadow', 'root:*:19000:0:99999:7:::\n', 0o640)
  await chown(join(root, 'etc/shadow'), 0, 42)
  await put(root, 'usr/lib/os-release', osRelease)
  await put(root, 'var/lib/dpkg/status', status)
  await put(root, 'usr/bin/su', 'su', 0o4755)
  await link(join(root, 'usr/bin/su'), join(root, 'usr/bin/su-again'))
  await put(root, 'usr/bin/wall', 'wall', 0o755)
  await chown(join(root, 'usr/bin/wall'), 0, 5)
  await chmod(join(root, 'usr/bin/wall'), 0o2755)
  await put(root, 'home/op/notes', 'far owner', 0o600)
  await chown(join(root, 'home/op/notes'), 100_000, 70_000)
  await put(root, 'opt/big', bigContent)
  await put(root, 'etc/empty')
  await put(root, `opt/${longName}`, 'long name')
  await put(root, longPath.slice(1), 'long path')
  await put(root, 'usr/lib/systemd/system/dev-disk-by\\x2dlabel.swap', '[Swap]\n')
  await put(root, 'opt/Grüße mit Leerzeichen', 'ä\n')
  await mkdir(join(root, 'tmp'))
  await chmod(join(root, 'tmp'), 0o1777)
  const links: Record<string, string> = {
    'etc/os-release': '../usr/lib/os-release',
    bin: 'usr/bin',
    absolute: '/etc/passwd',
    'etc/out': '../../../../../../../etc/passwd',
    loop1: 'loop2',
    loop2: 'loop1',
    dangling: 'nowhere',
    'slow-link': `/${'x/'.repeat(120)}y`,
    'quote-link': 'a"b"',
    'etc/up': '..'
  }
  for (const [path, target] of Object.entries(links)) await symlink(target, join(root, path))
  await lchown(join(root, 'dangling'), 12, 34)
  await tool('mkfifo', join(root, 'fifo'))
  await mkdir(join(root, 'dev'))
  await tool('mknod', join(root, 'dev/null'), 'c', '1', '3')
  await tool('mknod', join(root, 'dev/sda'), 'b', '8', '0')
}

/** The least a root file system has, for tests about what lies around it. */
export async function makeSmallTree(root: string): Promise<void> {
  await put(root, 'usr/lib/os-release', osRelease)
  await put(root, 'var/lib/dpkg/status', status)
  await put(root, 'etc/passwd', 'root:x:0:0:root:/root:/bin/bash\n')
}

export async function makeTar(root: string, archive: string, ...options: string[]): Promise<string> {
  await tool('tar', '-C', root, '--numeric-owner', '--sort=name', ...options, '-cf', archive, '.')
  return archive
}

export async function makeExt4(root: string, file: string, size = '24M'): Promise<string> {
  await tool('truncate', '-s', size, file)
  await tool('mke2fs', '-q', '-t', 'ext4', '-d', root, file)
  return file
}

export async function makeSquashfs(root: string, file: string): Promise<string> {
  await tool('mksquashfs', root, file, '-noappend', '-no-progress', '-quiet')
  return file
}

/** A GPT disk: a 4 MiB ESP at 1 MiB with these files, and file systems one after the other. */
export async function makeDisk(
  file: string,
  roots: readonly { image: string; type?: string; name?: string }[],
  espFiles: Readonly<Record<string, string>> = {}
): Promise<string> {
  const esp = `${file}.esp`
  await tool('truncate', '-s', '4M', esp)
  await tool('mkfs.vfat', esp)
  for (const [path, source] of Object.entries(espFiles)) {
    const elements = path.split('/').slice(1, -1)
    for (let depth = 1; depth <= elements.length; depth += 1) {
      const directory = `::/${elements.slice(0, depth).join('/')}`
      await tool('mmd', '-D', 's', '-i', esp, directory).catch(() => undefined)
    }
    await tool('mcopy', '-i', esp, source, `::${path}`)
  }
  const script = ['label: gpt', 'start=1MiB, size=4MiB, type=U, name=efi']
  let end = 5
  const pieces: [source: string, start: number][] = [[esp, 1]]
  for (const { image, type = '4f68bce3-e8cd-4db1-96e7-fbcaf984b709', name = 'root' } of roots) {
    const size = Math.ceil((await stat(image)).size / 2 ** 20)
    script.push(`start=${end}MiB, size=${size}MiB, type=${type}, name=${name}`)
    pieces.push([image, end])
    end += size
  }
  await tool('truncate', '-s', `${end + 1}M`, file)
  await writeFile(`${file}.sfdisk`, script.join('\n'))
  await tool('sh', '-c', `sfdisk -q '${file}' < '${file}.sfdisk' 2>/dev/null`)
  for (const [source, start] of pieces) {
    await tool(
      'dd',
      `if=${source}`,
      `of=${file}`,
      'bs=1M',
      `seek=${start}`,
      'conv=notrunc,sparse',
      'status=none'
    )
  }
  return file
}

/** Opens an image for one test and closes it afterwards, whatever happens. */
export async function withImage<T>(path: string, work: (image: Image) => T | Promise<T>): Promise<T> {
  const image = await openImage(path, io)
  try {
    return await work(image)
  } finally {
    await image.close()
  }
}

/** The error of opening a file that can't be opened. */
export async function openingError(path: string): Promise<HardenError> {
  const opened = await openImage(path, io).catch((error: unknown) => error)
  if (opened instanceof HardenError) return opened
  throw opened instanceof Error ? opened : new Error(`${path} could be opened`)
}

/** Entries as plain text, one a line, easy to compare and to read in a failure. */
export function tableOf(image: Image): string[] {
  const line = ({ path, type, mode, uid, gid, size, target }: ImageEntry) =>
    `${path} ${type} ${mode.toString(8)} ${uid}:${gid} ${size}${target === undefined ? '' : ` -> ${target}`}`
  return [...image.entries.values()]
    .filter(({ path }) => path !== '/lost+found')
    .map(line)
    .sort()
}

export function codesOf(image: Image): string[] {
  return image.findings.map(({ code }) => code)
}
