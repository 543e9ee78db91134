import { compareVersions } from '../../debian/version.ts'
import type { CheckContext } from '../check-context.ts'
import { mergedDropIns } from './glob.ts'
import { joinContinued, readLines } from './lines.ts'
import type { Setting } from './lines.ts'
import { isInstalled, readPackages } from './packages.ts'

/** An `install` command of modprobe.d that loads nothing. */
export const doesNothing = /^\s*(?:\/usr)?\/bin\/(?:false|true)(?:\s+[\w./-]+)*\s*$/

/** A line of modprobe.d: `key` is the command, `pattern` the module with underscores, `value` the rest. */
export interface ModprobeSetting extends Setting {
  pattern: string
}

/**
 * The directories modprobe of an image reads, in the order of their priority. kmod before 31 reads no
 * `/usr/lib/modprobe.d`, kmod before 29 no `/usr/local/lib/modprobe.d` (`default_config_paths` of libkmod). Where
 * `/usr` is merged, `/lib/modprobe.d` is the same directory, and goes by the name packages of today have it under.
 */
async function modprobeDirectories(context: CheckContext): Promise<readonly string[]> {
  const packages = await context.read(readPackages)
  // An image that does not name its kmod is given what every kmod reads.
  const version = ['libkmod2', 'kmod'].flatMap((name) => packages.named(name).filter(isInstalled))[0]?.version
  const reads = (since: string) => version !== undefined && compareVersions(version, since) >= 0
  const merged = context.image.lstat('/lib')?.type === 'symlink'
  return [
    '/etc/modprobe.d',
    '/run/modprobe.d',
    ...(reads('29') ? ['/usr/local/lib/modprobe.d'] : []),
    ...(merged || reads('31') ? ['/usr/lib/modprobe.d'] : []),
    ...(merged ? [] : ['/lib/modprobe.d'])
  ]
}

/** modprobe.d(5): files of all directories by name, one name counts once. */
export async function readModprobe(context: CheckContext): Promise<readonly ModprobeSetting[]> {
  const { image } = context
  const directories = await modprobeDirectories(context)
  const settings: ModprobeSetting[] = []
  for (const path of mergedDropIns(image, directories, (name) => name.endsWith('.conf'))) {
    for (const line of joinContinued((await readLines(image, path)) ?? [])) {
      const match = /^\s*([a-z]+)\s+(\S+)\s*(.*)$/.exec(line.text)
      if (!match) continue
      const [, key = '', module = '', value = ''] = match
      settings.push({ ...line, key, pattern: module.replaceAll('-', '_'), value })
    }
  }
  return settings
}

/** The kernel's modules in an image, names with underscores. */
export interface KernelModules {
  /** Whether there is a module tree at all. */
  known: boolean
  /** Name -> path of the file. */
  loadable: ReadonlyMap<string, string>
  /** Name -> path of the modules.builtin that lists it. */
  builtin: ReadonlyMap<string, string>
}

/** All modules below /usr/lib/modules and /lib/modules, of every kernel version. */
export async function readKernelModules({ image }: CheckContext): Promise<KernelModules> {
  const loadable = new Map<string, string>()
  const builtin = new Map<string, string>()
  let known = false
  for (const path of image.entries.keys()) {
    const match = /^(?:\/usr)?\/lib\/modules\/[^/]+\/(?:.*\/)?([^/]+)\.ko(?:\.(?:xz|zst|gz))?$/.exec(path)
    if (match) loadable.set((match[1] ?? '').replaceAll('-', '_'), path)
    if (!/^(?:\/usr)?\/lib\/modules\/[^/]+\/modules\.builtin$/.test(path)) continue
    known = true
    for (const { text } of (await readLines(image, path)) ?? []) {
      const name = /([^/]+)\.ko$/.exec(text.trim())?.[1]
      if (name !== undefined) builtin.set(name.replaceAll('-', '_'), path)
    }
  }
  return { known: known || loadable.size > 0, loadable, builtin }
}
