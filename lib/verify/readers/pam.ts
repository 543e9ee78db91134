import type { CheckContext } from '../check-context.ts'
import { joinContinued, readLines } from './lines.ts'
import type { Line } from './lines.ts'
import { facilities, parsePamLine } from './pam-line.ts'
import type { Facility, PamLine } from './pam-line.ts'

/** A module in a flattened stack. */
export interface PamModule extends PamLine {
  /** How many substacks it lies in; a jump counts a deeper run as one. */
  level: number
  /** Number of the substack it belongs to; 0 is the service itself. */
  stack: number
}

/** The PAM configuration of an image. */
export interface PamConfig {
  /** Names of all services. */
  services: readonly string[]
  /**
   * The modules libpam runs for a service, in order, includes followed; undefined when neither the service
   * nor `other` is there.
   * @throws RangeError when includes nest without end.
   */
  stack(service: string, facility: Facility): readonly PamModule[] | undefined
}

/** First directory that has the file wins (libpam: pam_handlers.c). */
const directories = ['/etc/pam.d', '/usr/lib/pam.d'] as const
const maxDepth = 32
const maxFiles = 1000
const maxModules = 2000

/** Reads every file below pam.d and flattens `@include`, include and substack on demand. */
export async function readPam({ image }: CheckContext): Promise<PamConfig> {
  const files = new Map<string, readonly Line[]>()
  const load = async (name: string, path: string): Promise<void> => {
    if (files.has(name) || image.stat(path)?.type !== 'file') return
    if (files.size >= maxFiles) throw new RangeError(`pam.d has more than ${maxFiles} files`)
    const lines = joinContinued((await readLines(image, path)) ?? [], ' ')
    files.set(name, lines)
    for (const { text } of lines) {
      const included = includedBy(text)
      if (included?.startsWith('/')) await load(included, included)
    }
  }
  for (const directory of directories) {
    for (const name of image.list(directory)) await load(name, `${directory}/${name}`)
  }
  const services = [...files.keys()].filter((name) => !name.startsWith('/')).sort()

  function flatten(service: string, facility: Facility): readonly PamModule[] | undefined {
    const found: PamModule[] = []
    let stacks = 0
    const walk = (name: string, level: number, stack: number, depth: number): void => {
      if (depth > maxDepth) throw new RangeError(`pam.d/${name}: includes nest deeper than ${maxDepth}`)
      for (const line of files.get(name) ?? []) {
        const included = atInclude.exec(line.text)?.[1]
        if (included !== undefined) {
          walk(included, level, stack, depth + 1)
          continue
        }
        const parsed = parsePamLine(line)
        if (parsed?.facility !== facility) continue
        const control = parsed.control.toLowerCase()
        if (control === 'include') walk(parsed.file, level, stack, depth + 1)
        else if (control === 'substack') walk(parsed.file, level + 1, ++stacks, depth + 1)
        else if (found.push({ ...parsed, level, stack }) > maxModules) {
          throw new RangeError(`pam.d/${service} has more than ${maxModules} modules`)
        }
      }
    }
    if (!files.has(service)) return undefined
    walk(service, 0, 0, 0)
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
