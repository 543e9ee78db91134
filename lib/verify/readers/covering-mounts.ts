import type { CheckContext } from '../check-context.ts'
import type { Image } from '../../image/image.ts'
import type { Setting } from './lines.ts'
import { readLines } from './lines.ts'
import { readUnits } from './units.ts'

/** A mount and the directory it covers as its name. */
export type CoveringMount = Setting & { name: string }

/** Configuration and programs: what lies there in the image is what we judge. */
const system = /^\/(?:etc|usr|bin|sbin|lib\w*|var\/lib\/dpkg)(?:\/|$)/

/**
 * Mounts of fstab and of started units over directories with system files (fstab(5), systemd.mount(5)): the running
 * system does not see what the image has there. An overlay with nothing of its own in the image shows the same files,
 * and what is mounted from the place itself (`remount`) covers nothing.
 */
export async function coveringMounts(context: CheckContext): Promise<readonly CoveringMount[]> {
  const { image } = context
  const found: CoveringMount[] = []
  const judge = (place: Setting, where: string, kind: string, options: string): void => {
    const target = image.stat(where)?.path ?? where
    if (!system.test(target) || isTransparent(image, target, kind, options)) return
    // A place nothing of the image lies in covers nothing.
    if (image.stat(target)?.type === 'directory' && image.list(target).length === 0) return
    if (image.stat(target) === undefined) return
    found.push({ ...place, name: target })
  }
  for (const line of (await readLines(image, '/etc/fstab')) ?? []) {
    const [device = '', where = '', kind = '', options = ''] = line.text.trim().split(/\s+/)
    if (device === '' || device.startsWith('#') || where === '' || where === 'none') continue
    if (options.split(',').includes('noauto') && !options.includes('x-systemd.automount')) continue
    const place = decoded(where).replace(/(.)\/+$/, '$1')
    judge({ ...line, key: place, value: options }, place, kind, options)
  }
  const units = await context.read(readUnits)
  for (const name of units.started.keys()) {
    if (!/\.(?:auto)?mount$/.test(name)) continue
    const unit = await units.load(name.replace(/\.automount$/, '.mount'))
    const where = unit?.values('Mount', 'Where').at(-1)
    if (!where) continue
    const kind = unit?.values('Mount', 'Type').at(-1)?.value ?? ''
    judge(
      where,
      where.value.replace(/(.)\/+$/, '$1'),
      kind,
      unit?.values('Mount', 'Options').at(-1)?.value ?? ''
    )
  }
  return found
}

function isTransparent(image: Image, where: string, kind: string, options: string): boolean {
  const words = options.split(',')
  if (words.includes('remount')) return true
  if (kind !== 'overlay') return false
  const value = (name: string) => words.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1)
  const upper = value('upperdir')
  return value('lowerdir') === where && (upper === undefined || image.list(upper).length === 0)
}

/** `\\040` is a blank (fstab(5)). */
function decoded(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
