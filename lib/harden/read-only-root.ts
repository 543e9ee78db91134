import type { Finding } from '../base/finding.ts'
import { byCodeUnit } from '../base/text.ts'
import type { Control } from '../controls/control.ts'
import type { ReadOnlyRoot } from '../kas/wks/read-only-root.ts'

/** What controls need to write where nothing can be written. */
export interface WritablePaths {
  /** `verity`, `squashfs`, `erofs`. */
  type: string
  /** Every path a control writes at run time, and whether the image has a place for it. */
  paths: readonly { path: string; controls: readonly string[]; covered: boolean }[]
}

/** The paths that the controls write on the running device, held against what a read-only root leaves writable. */
export function writablePaths(controls: readonly Control[], root: ReadOnlyRoot): WritablePaths {
  const wanted = new Map<string, string[]>()
  for (const { id, writable } of controls) {
    for (const path of writable) wanted.set(path, [...(wanted.get(path) ?? []), id])
  }
  const covered = (path: string) =>
    (root.writable ?? []).some((place) => path === place || path.startsWith(`${place}/`))
  return {
    type: root.type,
    paths: [...wanted]
      .sort(([a], [b]) => byCodeUnit(a, b))
      .map(([path, ids]) => ({ path, controls: ids, covered: covered(path) }))
  }
}

/** One finding per path without a writable place, or one for all where nothing tells what is writable. */
export function writableFindings({ type, paths }: WritablePaths, root: ReadOnlyRoot): Finding[] {
  const place = { path: root.origin?.path, range: root.origin && { line: root.origin.line, column: 1 } }
  const missing = paths.filter(({ covered }) => !covered)
  if (missing.length === 0) return []
  if (root.writable === undefined) {
    return [
      {
        code: 'RO_ROOT',
        severity: 'warning',
        message: `The root is read-only (${type}), and no overlay of isar-cip-core is in the layers: whether these can be written is not known: ${missing.map(({ path }) => path).join(', ')}`,
        ...place,
        hint: 'Give each of them a writable, persistent place: an overlay over /etc that is mounted before systemd starts, and a partition for /var.'
      }
    ]
  }
  return missing.map(({ path, controls }) => ({
    code: 'RO_ROOT_PATH',
    severity: 'warning',
    message: `The root is read-only (${type}), and ${path} cannot be written, as ${controls.join(', ')} need${controls.length === 1 ? 's' : ''}.`,
    ...place,
    hint: `Add it to INITRAMFS_OVERLAY_PATHS of initramfs-overlay-hook, or do what changes it while the image is built.`
  }))
}
