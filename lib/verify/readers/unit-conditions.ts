import type { Image } from '../../image/image.ts'
import { globImage } from './glob.ts'
import type { IniSetting } from './ini.ts'
import type { Unit } from './unit-file.ts'

/** Conditions and assertions of a unit that decide against it, and those an image can't decide. */
export interface Conditions {
  failing: readonly IniSetting[]
  /** Only those an administrator added: what a package's own unit asks, such as a capability, is its business. */
  undecided: readonly IniSetting[]
}

/** Filled while the system runs, or other media. */
const running = /^\/(?:run|proc|sys|dev|tmp|mnt|media|var\/run)(?:\/|$)/
/** Not part of every image: what is missing there may come later. */
const growing = /^\/(?:var|home)(?:\/|$)/
const containers = new Set([
  'container',
  'private-users',
  'lxc',
  'lxc-libvirt',
  'systemd-nspawn',
  'docker',
  'podman',
  'rkt',
  'wsl',
  'proot',
  'pouch'
])

/**
 * Judges `Condition…=` and `Assert…=` lines as far as the image's files and its kernel command lines
 * (words of each) decide (systemd.unit(5)). An empty assignment resets all before it; of conditions with `|`
 * one is enough.
 */
export function conditionsOf(
  image: Image,
  unit: Unit,
  commandLines: readonly (readonly string[])[]
): Conditions {
  const failing: IniSetting[] = []
  const undecided: IniSetting[] = []
  for (const kind of ['Condition', 'Assert']) {
    const own = unit.settings.filter(({ section, key }) => section === 'Unit' && key.startsWith(kind))
    const active = own.slice(own.findLastIndex(({ value }) => value === '') + 1)
    const judged = active.map((setting) => ({
      setting,
      triggers: setting.value.startsWith('|'),
      answer: holds(image, setting, setting.key.slice(kind.length), commandLines)
    }))
    const triggers = judged.filter((one) => one.triggers)
    const needed = judged.filter((one) => !one.triggers)
    if (triggers.length > 0 && triggers.every(({ answer }) => answer === false))
      failing.push(...triggers.map(({ setting }) => setting))
    failing.push(...needed.filter(({ answer }) => answer === false).map(({ setting }) => setting))
    undecided.push(
      ...needed
        .filter(({ setting, answer }) => answer === undefined && !/^\/(?:usr\/)?lib\//.test(setting.path))
        .map(({ setting }) => setting)
    )
  }
  return { failing, undecided }
}

/** Whether a condition holds; undefined where neither files nor command line say. */
function holds(
  image: Image,
  { value }: IniSetting,
  kind: string,
  commandLines: readonly (readonly string[])[]
): boolean | undefined {
  const match = /^\|?(!?)\s*(.*)$/.exec(value)
  const text = match?.[2] ?? ''
  const plain = text.startsWith('/')
    ? pathAnswer(image, kind, text, match?.[1] === '!')
    : otherAnswer(kind, text, commandLines)
  return plain === undefined ? undefined : plain !== (match?.[1] === '!')
}

function pathAnswer(image: Image, kind: string, path: string, negated: boolean): boolean | undefined {
  if (path.includes('%') || running.test(path)) return undefined
  const entry = image.stat(path)
  // At the first start what is not there is not there yet; for a unit that waits for it nothing is sure.
  if (entry === undefined && growing.test(path) && !negated) return undefined
  return {
    PathExists: entry !== undefined,
    PathExistsGlob: globImage(image, path).length > 0,
    PathIsDirectory: entry?.type === 'directory',
    PathIsSymbolicLink: image.lstat(path)?.type === 'symlink',
    FileNotEmpty: entry?.type === 'file' && entry.size > 0,
    FileIsExecutable: entry?.type === 'file' && (entry.mode & 0o111) !== 0,
    DirectoryNotEmpty: image.list(path).length > 0
  }[kind]
}

function otherAnswer(
  kind: string,
  text: string,
  commandLines: readonly (readonly string[])[]
): boolean | undefined {
  if (kind === 'Virtualization') return containers.has(text) ? false : undefined
  if (kind !== 'KernelCommandLine' || commandLines.length === 0) return undefined
  // With `=` a whole word, else a word or the name of an assignment.
  const answers = commandLines.map((words) =>
    words.some((word) => word === text || (!text.includes('=') && word.startsWith(`${text}=`)))
  )
  return answers.every((one) => one === answers[0]) ? answers[0] : undefined
}
