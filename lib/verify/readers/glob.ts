import type { Image } from '../../image/image.ts'
import { byCodeUnit } from '../../base/text.ts'

const maxMatches = 10_000

/** Whether a text holds characters glob(7) gives a meaning. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text)
}

/**
 * A glob(7) pattern for one path element as a regular expression. `*` and `?` match no leading dot and,
 * with `pathname`, no slash. Runs of stars are one star, so that hostile patterns stay cheap.
 */
export function globToRegExp(pattern: string, { period = true, pathname = true } = {}): RegExp {
  const any = pathname ? '[^/]' : '[^]'
  let source = period && /^[*?[]/.test(pattern) ? '(?!\\.)' : ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? ''
    if (character === '*') {
      if (pattern[at - 1] !== '*') source += `${any}*`
    } else if (character === '?') source += any
    else if (character === '[') {
      const end = pattern.indexOf(']', pattern[at + 1] === '!' || pattern[at + 1] === '^' ? at + 3 : at + 2)
      if (end < 0) source += '\\['
      else {
        const inner = pattern.slice(at + 1, end).replace(/[\\\]^[]/g, '\\$&')
        source += `[${inner.startsWith('!') ? `^${inner.slice(1)}` : inner.replace(/^\\\^/, '^')}]`
        at = end
      }
    } else if (character === '\\' && at + 1 < pattern.length) {
      at++
      source += (pattern[at] ?? '').replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    } else source += character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  }
  try {
    return new RegExp(`^${source}$`, 'u')
  } catch {
    return /(?!)/ // an invalid range matches nothing, as in glob(3)
  }
}

/**
 * Paths in the image that match an absolute glob(7) pattern, sorted as the C locale sorts. A pattern
 * without special characters gives itself when it is there.
 */
export function globImage(image: Image, pattern: string): readonly string[] {
  let found = ['']
  for (const element of pattern.split('/').filter((part) => part !== '')) {
    if (!isGlob(element)) {
      found = found.map((path) => `${path}/${element}`).filter((path) => image.lstat(path) !== undefined)
      continue
    }
    const matcher = globToRegExp(element)
    found = found.flatMap((path) =>
      image
        .list(path === '' ? '/' : path)
        .filter((name) => matcher.test(name))
        .map((name) => `${path}/${name}`)
    )
    if (found.length > maxMatches) throw new RangeError(`${pattern} matches more than ${maxMatches} paths`)
  }
  return found.sort(byCodeUnit)
}

/**
 * The files of drop-in directories as systemd, sysctl and modprobe merge them: sorted by name over all
 * directories; of two with the same name the one in the earlier directory counts; a link to /dev/null or
 * an empty file masks it.
 * @param directories highest priority first.
 */
export function mergedDropIns(
  image: Image,
  directories: readonly string[],
  accepts: (name: string) => boolean
): readonly string[] {
  const byName = new Map<string, string>()
  for (const directory of directories) {
    for (const name of image.list(directory)) {
      if (accepts(name) && !byName.has(name)) byName.set(name, `${directory}/${name}`)
    }
  }
  return [...byName]
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([, path]) => path)
    .filter((path) => !isMasked(image, path) && image.stat(path)?.type === 'file')
}

/** A link to /dev/null, or an empty file. */
export function isMasked(image: Image, path: string): boolean {
  const entry = image.lstat(path)
  if (entry?.type === 'symlink') {
    // /dev is empty in most images, so the link itself is what can be seen.
    if (linkTarget(path, entry.target ?? '') === '/dev/null') return true
    const end = image.stat(path)
    return end?.type === 'character' || (end?.type === 'file' && end.size === 0)
  }
  return entry?.type === 'file' && entry.size === 0
}

/** Absolute, normalised target of a symlink at `path`, without following further links. */
export function linkTarget(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : path.split('/').slice(1, -1)
  for (const part of target.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
