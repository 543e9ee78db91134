import type { Image } from '../../image/image.ts'
import type { Evidence } from '../../controls/result.ts'
import { globImage } from './glob.ts'
import type { IniSetting } from './ini.ts'
import { seen } from './lines.ts'
import { splitCommand } from './unit-commands.ts'
import type { Unit } from './unit-file.ts'

/** Why a started unit would do nothing. */
export interface Obstacle {
  message: string
  evidence: Evidence
}

/** Commands that do nothing. */
const idle = new Set(['true', 'false', ':', 'sleep'])

/** Paths whose presence the image decides; everything else comes with the running system. */
const persistent = /^\/(?:etc|usr|bin|sbin|lib|opt)(?:\/|$)/

/**
 * Looks for what keeps a unit from doing its work although it is started: a condition on the image's own
 * files that does not hold, no command at all, a command that does nothing or is not in the image.
 */
export function obstaclesOf(image: Image, unit: Unit): readonly Obstacle[] {
  const found: Obstacle[] = []
  for (const kind of ['Condition', 'Assert']) {
    const own = unit.settings.filter(({ section, key }) => section === 'Unit' && key.startsWith(kind))
    // An empty assignment of any condition resets all of them (systemd.unit(5)).
    const active = own.slice(own.findLastIndex(({ value }) => value === '') + 1)
    for (const setting of active) {
      if (holds(image, setting, setting.key.slice(kind.length)) === false) {
        found.push({ message: `${setting.key}=${setting.value} does not hold`, evidence: seen(setting) })
      }
    }
  }
  if (!unit.name.endsWith('.service')) return found
  const starts = unit.values('Service', 'ExecStart')
  const oneshot = unit.values('Service', 'Type').at(-1)?.value === 'oneshot'
  if (starts.length === 0 && !(oneshot && unit.values('Service', 'ExecStop').length > 0)) {
    found.push({ message: 'it has no ExecStart', evidence: { path: unit.fragment ?? '' } })
  }
  for (const setting of oneshot ? starts : starts.slice(-1)) {
    const program = splitCommand(setting.value)[0] ?? ''
    const name = program.slice(program.lastIndexOf('/') + 1)
    if (idle.has(name))
      found.push({ message: `its command ${program} does nothing`, evidence: seen(setting) })
    else if (program.startsWith('/') && !program.includes('%') && image.stat(program)?.type !== 'file') {
      const optional = /^[@:+!]*-/.test(setting.value)
      if (!optional)
        found.push({ message: `its command ${program} is not in the image`, evidence: seen(setting) })
    } else if (
      program.startsWith('/') &&
      !program.includes('%') &&
      ((image.stat(program)?.mode ?? 0) & 0o111) === 0
    ) {
      found.push({ message: `its command ${program} is not executable`, evidence: seen(setting) })
    }
  }
  return found
}

/** Whether a condition holds as far as the image's files decide; undefined where they don't. */
function holds(image: Image, { value }: IniSetting, kind: string): boolean | undefined {
  const match = /^(\|?)(!?)\s*(.*)$/.exec(value)
  const path = match?.[3] ?? ''
  if (match?.[1] === '|' || !persistent.test(path) || path.includes('%')) return undefined
  const negated = match?.[2] === '!'
  const entry = image.stat(path)
  const plain: boolean | undefined = {
    PathExists: entry !== undefined,
    PathExistsGlob: globImage(image, path).length > 0,
    PathIsDirectory: entry?.type === 'directory',
    PathIsSymbolicLink: image.lstat(path)?.type === 'symlink',
    FileNotEmpty: entry?.type === 'file' && entry.size > 0,
    FileIsExecutable: entry?.type === 'file' && (entry.mode & 0o111) !== 0,
    DirectoryNotEmpty: image.list(path).length > 0
  }[kind]
  return plain === undefined ? undefined : plain !== negated
}
