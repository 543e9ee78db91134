import { byCodeUnit } from '../base/text.ts'
import type { EvaluatedConf } from './bitbake.ts'
import type { Origin } from './bitbake-parse.ts'
import { foreignLayers } from './layers.ts'
import type { KasProject } from './kas-project.ts'
import { overlayKeyPrefix } from './overlay.ts'

/** A setting that only isar can carry out. */
export interface OnlyIsar {
  variable: string
  value: string
  origin: Origin | undefined
  /** What is missing from an image made without isar. */
  reason: string
}

/** Variables whose effect lies in isar's classes and recipes. A trailing `*` stands for any ending. */
const variables: readonly [pattern: string, reason: string][] = [
  ['WKS_FILE', 'the disk layout is made by wic from this file'],
  ['ROOTFS_POSTPROCESS_COMMAND', 'functions of a class change the root file system'],
  ['ROOTFS_CONFIGURE_COMMAND', 'functions of a class change the root file system'],
  ['ROOTFS_INSTALL_COMMAND', 'functions of a class change what is installed'],
  ['IMAGE_CLASSES', 'these classes change the image'],
  ['INHERIT', 'these classes are inherited by every recipe'],
  ['IMAGE_TYPEDEP*', 'this image type is made by a class of isar'],
  ['INITRAMFS_INSTALL', 'recipes of the initial ram disk'],
  ['INITRD_IMAGE', 'a recipe makes the initial ram disk'],
  ['IMAGE_BOOT_FILES', 'files for the boot partition'],
  ['DTB_FILES', 'device trees of the kernel'],
  ['KERNEL_IMAGE_PKG', 'the kernel package is chosen by a recipe'],
  ['PREFERRED_PROVIDER_*', 'a recipe is chosen by this name'],
  ['PREFERRED_VERSION_*', 'the version of a recipe is chosen'],
  ['DISTRO_APT_SOURCES*', 'further apt sources of the product'],
  ['DISTRO_APT_PREFERENCES*', 'pins of apt packages'],
  ['DISTRO_BOOTSTRAP_KEYS*', 'keys of further apt sources'],
  ['THIRD_PARTY_APT_KEYS*', 'keys of further apt sources'],
  ['DISTRO_CONFIG_SCRIPT', 'this script changes the root file system'],
  ['ISAR_APT_SNAPSHOT_*', 'packages come from a snapshot of that date'],
  ['ISAR_USE_APT_SNAPSHOT', 'packages come from a snapshot'],
  ['CIP_IMAGE_OPTIONS', 'isar-cip-core includes these files into its image'],
  ['CRYPT_PARTITIONS', 'partitions are encrypted by isar-cip-core'],
  ['RO_ROOTFS_TYPE', 'a read-only root is made by isar-cip-core'],
  ['SWU_*', 'update files are made by isar-cip-core']
]

/** Kernel flavours Debian itself has (linux-image-<name>). */
const debianKernels: Readonly<Record<string, readonly string[]>> = {
  amd64: ['amd64', 'rt-amd64', 'cloud-amd64'],
  arm64: ['arm64', 'rt-arm64', 'cloud-arm64'],
  armhf: ['armmp', 'armmp-lpae', 'rt-armmp'],
  riscv64: ['riscv64'],
  i386: ['686', '686-pae', 'rt-686-pae']
}

/** Recipes of isar whose work the embedded engine does itself. */
const replaced: readonly string[] = ['sshd-regen-keys']

/** The image of isar that holds nothing but what local.conf says. */
const plainImage = 'isar-image-base'

/**
 * Everything in the configuration that an image made without isar would lack: recipes, image classes, vendor
 * kernels, disk layouts, further overrides, image recipes with a content of their own. Sorted by variable.
 */
export function onlyIsar(
  project: Pick<KasProject, 'targets' | 'placeOf' | 'repos' | 'headers'>,
  conf: EvaluatedConf,
  arch: string | undefined
): OnlyIsar[] {
  const found: OnlyIsar[] = []
  const add = (variable: string, value: string, reason: string) =>
    found.push({ variable, value, origin: conf.variables.get(variable)?.origin, reason })
  const value = (name: string) => conf.variables.get(name)?.value?.trim() ?? ''
  // Our own lines choose a copy of the disk layout for isar; the engine makes its disk itself.
  const ours = (name: string) => {
    const origins = conf.variables.get(name)?.origins ?? []
    return origins.length > 0 && origins.every((origin) => isInOverlay(project.headers, origin))
  }

  for (const recipe of new Set(value('IMAGE_INSTALL').split(/\s+/))) {
    if (recipe === '' || recipe.startsWith('kas-harden-') || replaced.includes(recipe)) continue
    add('IMAGE_INSTALL', recipe, 'a recipe builds this package')
  }
  for (const name of conf.variables.keys()) {
    const reason = variables.find(([pattern]) => matches(pattern, name))?.[1]
    if (reason !== undefined && value(name) !== '' && !ours(name)) add(name, value(name), reason)
  }
  const kernel = value('KERNEL_NAME')
  if (kernel !== '' && !(debianKernels[arch ?? 'amd64'] ?? []).includes(kernel)) {
    add('KERNEL_NAME', kernel, 'this kernel is no package of Debian')
  }
  if (conf.variables.get('OVERRIDES')?.origin && !ours('OVERRIDES')) {
    add('OVERRIDES', value('OVERRIDES'), 'recipes and classes act on these words')
  }
  for (const target of project.targets) {
    const image = target.split(':').at(-1) ?? target
    if (image === plainImage) continue
    const place = project.placeOf(['target'])
    found.push({
      variable: 'target',
      value: target,
      origin: place,
      reason: 'the recipe of this image adds packages and settings of its own'
    })
  }
  for (const { repo, path, reason } of foreignLayers(project.repos)) {
    found.push({ variable: 'BBLAYERS', value: path, origin: project.placeOf(['repos', repo]), reason })
  }
  return found.sort((a, b) => byCodeUnit(a.variable, b.variable) || byCodeUnit(a.value, b.value))
}

/** Whether a statement stands in a header block of our overlay. */
function isInOverlay(headers: KasProject['headers'], { path, line }: Origin): boolean {
  return headers.some((block) => {
    if (!block.key.startsWith(overlayKeyPrefix) || block.path !== path) return false
    const last = block.lineOf(block.text.split('\n').length - 1)
    return line >= block.line && line <= last
  })
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}
