import { createFindingLog } from '../../lib/image/finding-log.ts'
import { composeImage } from '../../lib/image/compose-image.ts'
import type { Esp } from '../../lib/image/esp.ts'
import type { Image, ImageEntry } from '../../lib/image/image.ts'
import { unifiedKernel } from './unified-kernel.ts'

/** Owner and mode of what is written; a file that is there keeps its own. */
export interface FileFacts {
  mode?: number
  uid?: number
  gid?: number
}

/** What a mutation may do to an image. Paths are absolute; a change that changes nothing is an error. */
export interface TreeEdit {
  readonly release: string
  /** Kernel command lines of the original. */
  readonly commandLines: readonly string[]
  exists(path: string): boolean
  /** Text of a file as it stands now. @throws Error when it is not there. */
  read(path: string): Promise<string>
  list(path: string): readonly string[]
  /** Every path of the image that the pattern matches. */
  find(pattern: RegExp): readonly string[]
  /** A new file, or new content; directories on the way are made. */
  write(path: string, text: string | Buffer, facts?: FileFacts): void
  append(path: string, text: string): Promise<void>
  /** @throws Error when the text stays the same: the mutation is stale. */
  edit(path: string, change: (text: string) => string): Promise<void>
  remove(path: string): void
  facts(path: string, facts: FileFacts): void
  link(path: string, target: string): void
  /** File capabilities as getcap(8) prints them: `cap_setuid=ep`. */
  capable(path: string, capabilities: string): void
  /** Another kernel command line, in every place the image boots from. */
  cmdline(change: (cmdline: string) => string): void
  /** A file on the EFI system partition; what is there stays. */
  esp(path: string, content: string | Buffer): void
}

/** An image that looks like another but for some changes; nothing is written anywhere. */
export interface ChangedImage {
  image: Image
  edit: TreeEdit
}

/**
 * Lays changes over an image. `commandLines` are those of the original: an image whose command line is changed
 * is seen with an EFI system partition of unified kernel images in their place.
 */
export function changeImage(original: Image, release: string, commandLines: readonly string[]): ChangedImage {
  const entries = new Map(original.entries)
  const contents = new Map<string, Buffer>()
  const capable = new Map<string, string>()
  const espFiles = new Map<string, Buffer>()
  let whole = false
  let esp: Esp | undefined = original.esp
  let view = compose()

  function compose(): Image {
    return composeImage({
      path: original.path,
      format: original.format,
      description: original.description,
      esp,
      sha512: undefined,
      entries,
      findings: createFindingLog(),
      async capabilities() {
        const before = await original.capabilities()
        if (!before) return undefined
        // A file that was removed or written anew has lost its own.
        const kept = [...before].filter(([path]) => entries.has(path) && !contents.has(path))
        return new Map([...kept, ...capable])
      },
      readFile: async (entry) =>
        contents.get(entry.path) ?? (await original.read(entry.path)) ?? Buffer.alloc(0)
    })
  }

  function set(entry: ImageEntry): void {
    entries.set(entry.path, entry)
    view = compose() // look-ups remember the names of a directory
  }

  /** Where a new path really lies: links among its directories are followed. */
  function place(path: string): string {
    const cut = path.lastIndexOf('/')
    const directory = path.slice(0, cut)
    if (directory === '') return path
    const there = view.stat(directory)
    if (there) return `${there.path === '/' ? '' : there.path}${path.slice(cut)}`
    const parent = place(directory)
    set({ path: parent, type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0 })
    return `${parent}${path.slice(cut)}`
  }

  /** Debian 11 need not be merged: what later releases have below /usr lies in /bin, /sbin and /lib there. */
  function merged(path: string): string {
    const unmerged = /^\/usr(\/(?:s?bin|lib)\/.*)$/.exec(path)?.[1]
    return unmerged !== undefined && !view.lstat(path) && view.lstat(unmerged) ? unmerged : path
  }

  const text = async (path: string): Promise<string> => {
    const found = await view.readText(merged(path))
    if (found === undefined) throw new Error(`The mutation reads ${path}, which is not in the image`)
    return found
  }

  const edit: TreeEdit = {
    release,
    commandLines,
    exists: (path) => view.lstat(merged(path)) !== undefined,
    read: text,
    list: (path) => view.list(merged(path)),
    find: (pattern) => [...entries.keys()].filter((path) => pattern.test(path)),
    write(wanted, content, facts = {}) {
      const path = merged(wanted)
      const target = view.stat(path)?.path ?? place(path)
      const old = entries.get(target)
      const data = Buffer.from(content)
      contents.set(target, data)
      const mode = facts.mode ?? (old?.type === 'file' ? old.mode : 0o644)
      set({
        path: target,
        type: 'file',
        mode,
        uid: facts.uid ?? 0,
        gid: facts.gid ?? old?.gid ?? 0,
        size: data.length
      })
    },
    async append(path, more) {
      edit.write(path, (await text(path)) + more)
    },
    async edit(path, change) {
      const before = await text(path)
      const after = change(before)
      if (after === before) throw new Error(`The mutation does not change ${path}`)
      edit.write(path, after)
    },
    remove(path) {
      const gone = view.lstat(merged(path))?.path
      if (gone === undefined) throw new Error(`The mutation removes ${path}, which is not in the image`)
      for (const key of [...entries.keys()]) {
        if (key === gone || key.startsWith(`${gone}/`)) entries.delete(key)
      }
      view = compose()
    },
    facts(path, facts) {
      const entry = view.stat(merged(path))
      if (!entry) throw new Error(`The mutation changes ${path}, which is not in the image`)
      set({ ...entry, ...facts })
    },
    link(wanted, target) {
      const path = merged(wanted)
      const at = view.lstat(path)?.path ?? place(path)
      set({ path: at, type: 'symlink', mode: 0o777, uid: 0, gid: 0, size: 0, target })
    },
    capable(path, capabilities) {
      const entry = view.stat(merged(path))
      if (!entry) throw new Error(`The mutation changes ${path}, which is not in the image`)
      capable.set(entry.path, capabilities)
      view = compose()
    },
    cmdline(change) {
      const changed = commandLines.map(change)
      if (changed.every((line, index) => line === commandLines[index])) {
        throw new Error('The mutation does not change the kernel command line')
      }
      for (const [index, line] of changed.entries())
        espFiles.set(`/EFI/Linux/${index}.efi`, unifiedKernel(line))
      whole = true
      esp = espWith(espFiles, original.esp, whole)
      view = compose()
    },
    esp(path, content) {
      espFiles.set(path, Buffer.from(content))
      esp = espWith(espFiles, original.esp, whole)
      view = compose()
    }
  }
  return {
    get image() {
      return view
    },
    edit
  }
}

/** The EFI system partition with files of ours laid over it; `whole` leaves nothing of what was there. */
function espWith(files: ReadonlyMap<string, Buffer>, before: Esp | undefined, whole: boolean): Esp {
  return {
    description: 'changed partition',
    async list(path) {
      const directory = path.replace(/\/*$/, '/')
      const names = [...files.keys()]
        .filter((file) => file.startsWith(directory))
        .map((file) => file.slice(directory.length).replace(/\/.*/, '/'))
      return [...new Set([...(whole ? [] : ((await before?.list(path)) ?? [])), ...names])]
    },
    async read(path, limit) {
      return files.get(path) ?? (whole ? undefined : before?.read(path, limit))
    }
  }
}
