import type { Origin } from '../bitbake-parse.ts'
import { recipeFiles } from './bb-layers.ts'
import { imageTypes } from './find-wks.ts'
import type { ImageConf } from './image-conf.ts'

/** A root file system nobody can write to, and what lies over it. */
export interface ReadOnlyRoot {
  /** `squashfs`, `erofs` or `verity`. */
  type: string
  /** The place that chooses it. */
  origin: Origin | undefined
  /** Directories that can be written all the same; undefined when no overlay of isar-cip-core is at hand. */
  writable: readonly string[] | undefined
}

const readOnlyTypes = ['verity', 'erofs', 'squashfs'] as const

/**
 * Whether an image has a read-only root: it is made as squashfs, erofs or verity, or RO_ROOTFS_TYPE of
 * isar-cip-core says so. Its initramfs-overlay-hook mounts /var and puts overlays over INITRAMFS_OVERLAY_PATHS
 * (default /etc) before systemd starts; /home lies on /var or on a partition of its own, /tmp and /run in memory.
 */
export function readOnlyRoot(conf: ImageConf): ReadOnlyRoot | undefined {
  const types = imageTypes(conf)
  const [declared] = conf.words('RO_ROOTFS_TYPE')
  const type = readOnlyTypes.find((one) => types.has(one)) ?? declared
  if (type === undefined) return undefined
  const origin =
    conf.placeOf('RO_ROOTFS_TYPE') ?? conf.placeOf('IMAGE_TYPEDEP:wic') ?? conf.placeOf('IMAGE_FSTYPES')
  if (recipeFiles(conf.layers, 'initramfs-overlay-hook').length === 0) {
    return { type, origin, writable: undefined }
  }
  const overlays = conf.words('INITRAMFS_OVERLAY_PATHS')
  const mounted = ['/var', '/run', '/tmp', '/home']
  return { type, origin, writable: [...(overlays.length > 0 ? overlays : ['/etc']), ...mounted] }
}
