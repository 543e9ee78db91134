import type { CheckContext } from '../check-context.ts'
import { linkTarget } from './glob.ts'
import { joinContinued, readLines } from './lines.ts'
import type { Line } from './lines.ts'
import { facilities, parsePamLine } from './pam-line.ts'
import type { Facility, PamLine } from './pam-line.ts'

/** A module in a flattened stack. */
export interface PamModule extends PamLine {
  /** How many substacks it lies in. */
  level: number
  /** Its library is not in the image; libpam answers `module_unknown`. */
  missing: boolean
}

/** The PAM configuration of an image. */
export interface PamConfig {
  /** Names of all services. */
  services: readonly string[]
  /**
   * The modules libpam runs for a service, in order, includes followed; a substack's own line stays before
   * its modules, with an empty module name. Undefined when neither the service nor `other` is there.
   * @throws RangeError when includes nest without end.
   */
  stack(service: string, facility: Facility): readonly PamModule[] | undefined
}

/** First directory that has the file wins (libpam: pam_handlers.c). */
const directories = ['/etc/pam.d', '/usr/lib/pam.d'] as const
/** Where libpam looks for modules named without a path. */
const modulesLie = /^\/(?:usr\/)?lib(?:64)?(?:\/[^/]+)?\/security$/
const maxDepth = 32
const maxFiles = 1000
const maxModules = 2000

/** Reads every file below pam.d and flattens `@include`, include and substack on demand. */
export async function readPam({ image, release }: CheckContext): Promise<PamConfig> {
  // libpam before 1.5.3 passes over comments inside a line that goes on.
  const continuation = {
    hasComment: (text: string) => text.includes('#'),
    blanks: true,
    passesOver: release === 'bookworm' || release === 'bullseye'
  }
  const files = new Map<string, readonly Line[]>()
  const load = async (name: string, path: string): Promise<void> => {
    if (files.has(name) || image.stat(path)?.type !== 'file') return
    if (files.size >= maxFiles) throw new RangeError(`pam.d has more than ${maxFiles} files`)
    const lines = joinContinued((await readLines(image, path)) ?? [], ' ', continuation)
    files.set(name, lines)
    for (const { text } of lines) {
      const included = includedBy(text)
      if (included?.startsWith('/')) await load(included, included)
    }
  }
  for (const directory of directories) {
    for (const name of image.list(directory)) await load(name, `${directory}/${name}`)
  }
  const libraries = readLibraries(image)
  const services = [...files.keys()].filter((name) => !name.startsWith('/')).sort()

  const flattened = new Map<string, readonly PamModule[]>()
  function flatten(service: string, facility: Facility): readonly PamModule[] | undefined {
    if (!files.has(service)) return undefined
    const name = `${facility} ${service}`
    const known = flattened.get(name) ?? flattenNew(service, facility)
    flattened.set(name, known)
    return known
  }

  function flattenNew(service: string, facility: Facility): readonly PamModule[] {
    const found: PamModule[] = []
    const walk = (name: string, level: number, depth: number): void => {
      if (depth > maxDepth) throw new RangeError(`pam.d/${name}: includes nest deeper than ${maxDepth}`)
      for (const line of files.get(name) ?? []) {
        const included = atInclude.exec(line.text)?.[1]
        if (included !== undefined) {
          walk(included, level, depth + 1)
          continue
        }
        const parsed = parsePamLine(line)
        if (parsed?.facility !== facility) continue
        const control = parsed.control.toLowerCase()
        if (control === 'include') {
          walk(parsed.file, level, depth + 1)
          continue
        }
        const isSubstack = control === 'substack'
        // A module from elsewhere is none of those whose names we know.
        const foreign = !isSubstack && isElsewhere(image, parsed.file)
        const module = isSubstack
          ? ''
          : foreign
            ? parsed.file
            : (libraries.get(parsed.module) ?? parsed.module)
        // An image without any module is a piece of one; nothing is known of its libraries.
        const missing = !isSubstack && !foreign && libraries.size > 0 && !libraries.has(parsed.module)
        found.push({ ...parsed, module, level, missing })
        if (found.length > maxModules)
          throw new RangeError(`pam.d/${service} has more than ${maxModules} modules`)
        if (isSubstack) walk(parsed.file, level + 1, depth + 1)
      }
    }
    walk(service, 0, 0)
    return found
  }

  return {
    services,
    stack(service, facility) {
      const own = flatten(service, facility)
      // libpam falls back to `other` for a service without a file and for a facility without a line.
      return own && (own.length > 0 || service.startsWith('common-'))
        ? own
        : (flatten('other', facility) ?? own)
    }
  }
}

/**
 * Name of each module in the image -> the name of the file it is; another one where it is a link: the program
 * runs that one, whatever the line says.
 */
function readLibraries(image: CheckContext['image']): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const path of image.entries.keys()) {
    const cut = path.lastIndexOf('/')
    if (!path.endsWith('.so') || !modulesLie.test(path.slice(0, cut))) continue
    const target = image.stat(path)
    if (target?.type === 'file')
      found.set(path.slice(cut + 1), target.path.slice(target.path.lastIndexOf('/') + 1))
  }
  return found
}

/** Whether a module's path leads out of the directories of modules; `$ISA` is libpam's own name for one. */
function isElsewhere(image: CheckContext['image'], file: string): boolean {
  if (!file.includes('/') || file.includes('$ISA')) return false
  // libpam puts the directory of modules before what is no absolute path.
  const absolute = file.startsWith('/') ? file : `/usr/lib/security/${file}`
  const path = linkTarget('/', absolute)
  const real = image.stat(path)?.path ?? path
  return [path, real].some((one) => !modulesLie.test(one.slice(0, one.lastIndexOf('/'))))
}

const atInclude = /^\s*@include\s+(\S+)/

/** The file a line includes in whatever way: a name below pam.d or an absolute path. */
function includedBy(text: string): string | undefined {
  const parsed = parsePamLine({ path: '', line: 0, text })
  if (parsed && /^(?:include|substack)$/i.test(parsed.control)) return parsed.file
  return atInclude.exec(text)?.[1]
}

/** Lines of all services, any facility, that name a module; each place once. */
export function moduleLines(pam: PamConfig, module: string): readonly PamModule[] {
  const byPlace = new Map<string, PamModule>()
  for (const service of pam.services) {
    for (const facility of facilities) {
      for (const line of pam.stack(service, facility) ?? []) {
        if (line.module === module) byPlace.set(`${line.path}:${line.line}`, line)
      }
    }
  }
  return [...byPlace.values()]
}
