import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed, undecided } from '../check-context.ts'
import { readCommandLines } from '../readers/command-lines.ts'
import { kernelWords } from '../readers/kernel-words.ts'

/** Arguments every boot entry must have, or none may. Without any boot configuration nobody knows. */
export async function checkCmdline(check: CheckOf<'cmdline'>, context: CheckContext): Promise<Outcome> {
  const entries = await context.read(readCommandLines)
  if (entries.length === 0) {
    return undecided(
      `No boot configuration was found in the image (${context.image.format}), so its kernel command line is not known`
    )
  }
  const parts = entries.map(({ source, cmdline }) => {
    const words = kernelWords(cmdline)
    const missing = (check.present ?? []).filter((wanted) => !isInForce(words, wanted))
    const wrong = (check.absent ?? []).flatMap((unwanted) => words.filter((word) => matches(word, unwanted)))
    const evidence = [{ path: source, value: cmdline }]
    if (missing.length + wrong.length === 0) return passed(`${source} is right`, evidence)
    const problems = [
      ...(missing.length > 0 ? [`lacks ${missing.join(' ')}`] : []),
      ...(wrong.length > 0 ? [`has ${wrong.join(' ')}`] : [])
    ]
    return failed(`${source} ${problems.join(' and ')}`, evidence)
  })
  return combined(
    parts,
    `${entries.length === 1 ? 'The kernel command line is' : `All ${entries.length} kernel command lines are`} as wanted`
  )
}

/** Of several `name=…` the kernel takes the last; a dash and an underscore in the name are the same. */
function isInForce(words: readonly string[], wanted: string): boolean {
  const name = nameOf(wanted)
  // What stands behind ` -- ` goes to init, not to the kernel.
  const end = words.indexOf('--')
  const own = (end < 0 ? words : words.slice(0, end)).filter((word) => nameOf(word) === name)
  if (isLeftOut(words, name)) return false
  // AppArmor is on only where a list of modules names it too.
  const modules = words.findLast((word) => word.startsWith('lsm='))?.slice('lsm='.length)
  if (name === 'apparmor' && modules !== undefined && !modules.split(',').includes('apparmor')) return false
  // Without lsm= the last security= names the one large module that is started.
  const legacy = words.findLast((word) => word.startsWith('security='))
  if (name === 'apparmor' && modules === undefined && legacy !== undefined && legacy !== 'security=apparmor')
    return false
  // lsm= apart, arguments that add up (console=, module parameters given twice) are satisfied by any of them.
  return name === 'console'
    ? own.includes(wanted)
    : own.at(-1)?.slice(name.length) === wanted.slice(name.length)
}

/** `initcall_blacklist=audit_init` keeps a part of the kernel from starting at all. */
function isLeftOut(words: readonly string[], name: string): boolean {
  return words
    .filter((word) => word.startsWith('initcall_blacklist='))
    .some((word) =>
      word
        .slice(word.indexOf('=') + 1)
        .split(',')
        .includes(`${name}_init`)
    )
}

function nameOf(word: string): string {
  const at = word.indexOf('=')
  return (at < 0 ? word : word.slice(0, at)).replaceAll('-', '_')
}

function matches(word: string, unwanted: string): boolean {
  const plain = (text: string): string => nameOf(text) + text.slice(nameOf(text).length)
  return unwanted.endsWith('*')
    ? plain(word).startsWith(plain(unwanted.slice(0, -1)))
    : plain(word) === plain(unwanted)
}
