import { paxCapabilities } from './capabilities.ts'
import type { FindingLog } from './finding-log.ts'
import type { EntryType, ImageEntry } from './image.ts'
import { maximumPathLength } from './limits.ts'
import { createLookup } from './lookup.ts'
import { below, isBadName, parentOf, quoted } from './names.ts'
import type { TarHeader, TarMember } from './tar-stream-pass.ts'

/** The inodes an archive would make when tar unpacks it, built member by member. */
export interface TarTable {
  entries: ReadonlyMap<string, ImageEntry>
  /** Which member holds the content of an entry's inode; hard links share one. */
  memberOf(path: string): number | undefined
  /** As `Image.capabilities`; without attributes in the archive what it unpacks to has none. */
  capabilities: ReadonlyMap<string, string>
  /** Takes the next member; the entry it made, or undefined when it made none. */
  add(member: Pick<TarMember, 'ordinal' | 'header' | 'record'>): ImageEntry | undefined
  /** Where a member of this name would stand, links in its parents followed; undefined for an unusable name. */
  placeOf(name: string): string | undefined
  /** Takes entries away, for a layer that deletes what another brought. */
  remove(paths: Iterable<string>): void
}

const types: Readonly<Record<string, EntryType>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  'block-device': 'block',
  'character-device': 'character',
  fifo: 'fifo'
}

/** uid and gid above the octal field stand in PAX records, pax(1). */
function owner(header: TarHeader, field: 'uid' | 'gid'): number {
  const pax = header.pax?.[field]
  const value = pax !== undefined && /^\d{1,10}$/.test(pax) ? Number(pax) : (header[field] ?? 0)
  return Number.isSafeInteger(value) && value >= 0 ? value : 0
}

/**
 * An empty table. Later members replace earlier ones as tar does; missing parents appear as 0755
 * root directories; a parent that is a symlink is followed inside the image.
 */
export function createTarTable(findings: FindingLog): TarTable {
  const entries = new Map<string, ImageEntry>()
  const members = new Map<string, number>()
  const parents = new Set<string>()
  const capabilities = new Map<string, string>()
  const { stat } = createLookup(entries)

  function put(entry: ImageEntry, ordinal: number | undefined, has?: string): void {
    if (has === undefined) capabilities.delete(entry.path)
    else capabilities.set(entry.path, has)
    entries.set(entry.path, entry)
    if (ordinal === undefined) members.delete(entry.path)
    else members.set(entry.path, ordinal)
    if (entry.path !== '/') parents.add(parentOf(entry.path))
  }

  function impliedDirectory(path: string): ImageEntry {
    const entry: ImageEntry = { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0 }
    put(entry, undefined)
    return entry
  }

  /** The real directory a member goes to; makes it when it is missing. */
  function directoryFor(names: readonly string[]): ImageEntry | undefined {
    let directory = entries.get('/') ?? impliedDirectory('/')
    for (const name of names) {
      const path = below(directory.path, name)
      const there = entries.get(path)
      const real = there?.type === 'symlink' ? stat(path) : (there ?? impliedDirectory(path))
      if (real?.type !== 'directory') return undefined
      directory = real
    }
    return directory
  }

  /** The elements of a member's name, kept inside the root. */
  function elementsOf(name: string): string[] | undefined {
    const elements: string[] = []
    let odd = name.startsWith('/')
    for (const element of name.split('/')) {
      if (element === '' || element === '.') continue
      if (element === '..') {
        odd = true
        elements.pop()
      } else if (isBadName(element)) return undefined
      else elements.push(element)
    }
    if (odd) {
      const message = `The archive names a member ${quoted(name)}, outside its root; it is taken as inside.`
      findings.add('IMAGE_NAME_OUTSIDE', 'warning', message)
    }
    return elements
  }

  function placeOf(name: string): string | undefined {
    const elements = name.length > maximumPathLength ? undefined : elementsOf(name)
    if (!elements) {
      findings.add('IMAGE_NAME_REJECTED', 'error', `The archive's member ${quoted(name)} can't be used.`)
      return undefined
    }
    const last = elements.pop()
    if (last === undefined) return '/'
    const directory = directoryFor(elements)
    if (!directory) {
      const message = `The archive's member ${quoted(name)} lies below something that is no directory.`
      findings.add('IMAGE_MEMBER_SKIPPED', 'warning', message)
      return undefined
    }
    return below(directory.path, last)
  }

  function addHardLink(path: string, header: TarHeader): ImageEntry | undefined {
    const target = entries.get(placeOf(header.linkname ?? '') ?? '')
    if (!target || target.type === 'directory') {
      const message = `The hard link points to ${quoted(header.linkname ?? '')}, which the archive did not bring.`
      findings.add('IMAGE_LINK_BROKEN', 'warning', message, path)
      return undefined
    }
    const entry = { ...target, path }
    put(entry, members.get(target.path), capabilities.get(target.path))
    return entry
  }

  return {
    entries,
    capabilities,
    memberOf: (path) => members.get(path),
    placeOf,
    remove(paths) {
      for (const path of paths) {
        entries.delete(path)
        members.delete(path)
        capabilities.delete(path)
        parents.delete(path)
      }
    },
    add({ ordinal, header, record }) {
      const type = types[header.type ?? '']
      if (type === undefined && header.type !== 'link') {
        const message = `The archive's member ${quoted(header.name)} has a type we can't read (sparse, volume or incremental).`
        findings.add('IMAGE_MEMBER_SKIPPED', 'error', message)
        return undefined
      }
      const path = placeOf(header.pax?.['GNU.sparse.name'] ?? header.name)
      if (path === undefined) return undefined
      if (
        type !== 'directory' &&
        (path === '/' || (parents.has(path) && entries.get(path)?.type === 'directory'))
      ) {
        const message =
          'The archive replaces a directory that is not empty; as tar does, the directory stays.'
        findings.add('IMAGE_MEMBER_SKIPPED', 'warning', message, path)
        return undefined
      }
      if (type === undefined) return addHardLink(path, header)
      const size = Number(header.pax?.['GNU.sparse.realsize'] ?? header.size ?? 0)
      const entry: ImageEntry = {
        path,
        type,
        mode: (header.mode ?? 0) & 0o7777,
        uid: owner(header, 'uid'),
        gid: owner(header, 'gid'),
        size: type === 'file' && Number.isSafeInteger(size) ? size : 0,
        ...(type === 'symlink' ? { target: header.linkname ?? '' } : {})
      }
      // A sparse member's bytes are not the file's bytes: no member, so nobody reads them as such.
      const isSparse =
        header.pax?.['GNU.sparse.major'] !== undefined || header.pax?.['GNU.sparse.map'] !== undefined
      const has = type === 'file' ? paxCapabilities(header.pax ?? {}, record) : undefined
      put(entry, type === 'file' && !isSparse ? ordinal : undefined, has)
      return entry
    }
  }
}
