import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { byCodeUnit } from '../../base/text.ts'

/** What a deployed file is. `sbom` is isar's own CycloneDX document. */
export type ArtefactKind =
  | 'manifest'
  | 'dpkg-status'
  | 'disk'
  | 'bmap'
  | 'tar'
  | 'ext4'
  | 'squashfs'
  | 'erofs'
  | 'sbom'
  | 'kernel'
  | 'initrd'
  | 'update'
  | 'rootfs'

/** One file of a build, or the directory of its root file system. */
export interface KasArtefact {
  kind: ArtefactKind
  /** Absolute, on this machine. */
  path: string
  /** Directory below tmp/deploy/images, which is isar's MACHINE. */
  machine: string
  /** `isar-image-base-debian-bookworm-qemuamd64`, whatever the layout; of a manifest of the initrd, that. */
  name: string
  /** Bytes; 0 for a directory. */
  size: number
  /** Time of the last change of content, owner or name, in milliseconds: no tool can set it back. */
  changed: number
}

/** Endings by kind, the longest first. `.wic.manifest` names what the imager put on the disk as well. */
const endings: readonly (readonly [RegExp, ArtefactKind])[] = [
  [/\.wic\.bmap$/, 'bmap'],
  [/\.manifest$/, 'manifest'],
  [/\.dpkg_status$/, 'dpkg-status'],
  [/\.wic(?:\.(?:gz|xz|zst))?$/, 'disk'],
  [/\.tar(?:\.(?:gz|xz|zst|bz2))?$/, 'tar'],
  [/\.ext4(?:\.(?:gz|xz|zst))?$/, 'ext4'],
  [/\.squashfs(?:\.(?:gz|xz|zst))?$/, 'squashfs'],
  [/\.erofs$/, 'erofs'],
  [/\.cdx\.json$/, 'sbom'],
  [/-?(?:vmlinu[xz]|bzImage|Image)$/, 'kernel'],
  [/-?initrd\.img$/, 'initrd'],
  [/\.swu$/, 'update']
]

/** The kind of a deployed file by its name; undefined for what we don't hand on (device trees, firmware). */
export function kindOf(file: string): ArtefactKind | undefined {
  return endings.find(([ending]) => ending.test(file))?.[1]
}

/**
 * Everything below `<buildDir>/tmp/deploy/images` we know, in the layouts of isar 1.1 (`<machine>/<image>-<distro>-<machine>.*`)
 * and 1.0 (`<machine>/<distro>-<image>/<machine>.*`), and unpacked root file systems below tmp/work. Sorted by path.
 */
export async function deployedFiles(buildDir: string): Promise<KasArtefact[]> {
  const images = join(buildDir, 'tmp', 'deploy', 'images')
  const found: KasArtefact[] = []
  for (const machine of await directories(images)) {
    const flat = join(images, machine)
    found.push(...(await filesOf(flat, machine, undefined)))
    for (const folder of await directories(flat)) found.push(...(await filesOf(join(flat, folder), machine, folder)))
  }
  found.push(...(await rootDirectories(buildDir)))
  return found.sort((a, b) => byCodeUnit(a.path, b.path))
}

async function filesOf(directory: string, machine: string, folder: string | undefined): Promise<KasArtefact[]> {
  const found: KasArtefact[] = []
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const kind = entry.isFile() ? kindOf(entry.name) : undefined
    if (kind === undefined) continue
    const path = join(directory, entry.name)
    const { size, ctimeMs } = await stat(path)
    found.push({ kind, path, machine, name: nameOf(entry.name, machine, folder), size, changed: ctimeMs })
  }
  return found
}

/** isar 1.0 puts `<distro>-<image>` into the folder's name and leaves only the machine to the file. */
function nameOf(file: string, machine: string, folder: string | undefined): string {
  const ending = endings.find(([pattern]) => pattern.test(file))?.[0] ?? /$/
  const stem = file.replace(ending, '').replace(/\.wic$/, '')
  return folder === undefined || stem.includes(folder) ? stem : `${folder}-${stem === '' ? machine : stem}`
}

/** `tmp/work/<distro>-<arch>/<image>-<machine>/<version>/rootfs`: all a build of `task: rootfs` leaves. */
async function rootDirectories(buildDir: string): Promise<KasArtefact[]> {
  const work = join(buildDir, 'tmp', 'work')
  const found: KasArtefact[] = []
  for (const distro of await directories(work)) {
    for (const recipe of await directories(join(work, distro))) {
      for (const version of await directories(join(work, distro, recipe))) {
        const path = join(work, distro, recipe, version, 'rootfs')
        const inside = await stat(join(path, 'var/lib/dpkg/status')).catch(() => undefined)
        // The chroots isar builds packages in are root file systems as well, of no image.
        if (!inside || /^(?:sbuild-chroot|isar-(?:mm)?debstrap|isar-bootstrap|sbom-chroot)/.test(recipe)) continue
        const { ctimeMs } = await stat(path)
        found.push({ kind: 'rootfs', path, machine: '', name: recipe, size: 0, changed: Math.max(ctimeMs, inside.ctimeMs) })
      }
    }
  }
  return found
}

async function directories(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}
