import { byCodeUnit } from '../../base/text.ts'
import type { CheckContext } from '../check-context.ts'
import type { Line, Setting } from './lines.ts'
import { joinContinued, readLines } from './lines.ts'

/** What becomes of TMOUT when a login shell has read its files. */
export interface ShellTimeout {
  /** Whether /etc/profile reads profile.d at all. */
  sourced: boolean
  /** The value in force; undefined when none is. */
  final: Setting | undefined
  isReadonly: boolean
  /** Assignments under a condition we do not decide. */
  doubtful: readonly Setting[]
}

/** Another program in the shell's place; `exec` with redirections alone is none. */
const leaves = /^exec\s+[^<>\d&]/

/** A line that names TMOUT in a way we do not follow, or takes the words away by which it is set. */
const around =
  /TMOUT|^exec\s+[^<>\d&]|^(?:enable\s+-n|alias)\s.*\b(?:readonly|export|declare|typeset)\b|\b(?:readonly|export|declare|typeset)\s*\(\)|^function\s+(?:readonly|export|declare|typeset)\b/

/** Conditions that hold in every interactive bash. */
const harmless = /PS1|BASH|\$-|tty|-t [012]|interactive|\[\s*-z\s+"?\$\{?TMOUT/

/**
 * Follows TMOUT through /etc/profile, profile.d and /etc/bash.bashrc in the order a login shell reads them.
 * Nothing is run: assignments, `readonly`, `declare -r`, `typeset -r`, `export`, `unset` and `return` are
 * understood line by line; what stands inside a condition is doubtful unless the condition only asks for
 * an interactive bash.
 */
export async function readShellTimeout({ image }: CheckContext): Promise<ShellTimeout> {
  const profile = (await readLines(image, '/etc/profile')) ?? []
  const plain = profile.filter(({ text }) => !/^\s*#/.test(text))
  const at = plain.findIndex(({ text }) => text.includes('profile.d'))
  // Debian's pattern for run-parts; names with other characters are not read.
  const names = image
    .list('/etc/profile.d')
    .filter((name) => /^[A-Za-z0-9_][A-Za-z0-9._-]*\.sh$/.test(name))
    .sort(byCodeUnit)
  const files: Line[][] = [at < 0 ? [...plain] : plain.slice(0, at)]
  if (plain.slice(0, Math.max(at, 0)).some(({ text }) => text.includes('bash.bashrc'))) {
    files.push([...((await readLines(image, '/etc/bash.bashrc')) ?? [])])
  }
  if (at >= 0) {
    for (const name of names) {
      const path = `/etc/profile.d/${name}`
      // `[ -r $i ]`: a file its users can't read is not read.
      if (((image.stat(path)?.mode ?? 0) & 0o004) !== 0)
        files.push([...((await readLines(image, path)) ?? [])])
    }
    files.push(plain.slice(at))
  }
  const state: State = { final: undefined, isReadonly: false, doubtful: [] }
  for (const file of files)
    follow(joinContinued(file, '', { hasComment: (text) => /(?:^|\s)#/.test(text) }), state)
  return { sourced: at >= 0, ...state }
}

interface State {
  final: Setting | undefined
  isReadonly: boolean
  doubtful: Setting[]
}

/** An open `if`, loop or `case` and whether what stands in it is run by an interactive bash. */
interface Block {
  isCase: boolean
  harmless: boolean
  holds: boolean
}

function follow(lines: readonly Line[], state: State): void {
  const blocks: Block[] = []
  for (const line of lines) {
    for (const statement of statements(line.text)) {
      let body = statement.replace(/^(?:then|else|do)\s+/, '')
      const opens = /^(?:if|while|until|for|case)\b/.exec(statement)?.[0]
      if (opens !== undefined) {
        const isHarmless = harmless.test(line.text) && (opens === 'if' || opens === 'case')
        blocks.push({ isCase: opens === 'case', harmless: isHarmless, holds: isHarmless && opens === 'if' })
        if (opens !== 'case') continue
        body = statement.replace(/^case\b.*?\sin\b\s*/, '')
      }
      const block = blocks.at(-1)
      if (/^(?:elif|else)\b/.test(statement) && block) block.holds = false
      if (/^(?:fi|done|esac)\b/.test(statement)) blocks.pop()
      const label = block?.isCase ? /^\(?([^()]*)\)\s*/.exec(body) : undefined
      if (label && block) {
        // The last way out, or the one of interactive shells in `case $- in *i*)`.
        block.holds = block.harmless && (label[1]?.trim() === '*' || (label[1] ?? '').includes('*i*'))
        body = body.slice(label[0].length)
      }
      if (/^\[.*\]$|^test\b/.test(body) || body === '') continue
      const sure = blocks.every(({ holds }) => holds) && !hasDoubtfulGuard(line.text)
      if (/^(?:return|exit)\b/.test(body) && sure) return
      const understood = apply(body, line, sure, state)
      // What is read-only already stays; another shell in its place keeps nothing.
      if (!understood && (state.isReadonly ? leaves : around).test(body))
        state.doubtful.push({ ...line, key: 'TMOUT', value: '' })
    }
  }
}

/** False for what is not understood. */
function apply(statement: string, line: Line, sure: boolean, state: State): boolean {
  const words: readonly string[] = statement.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []
  const [command = ''] = words
  const declares = /^(?:readonly|declare|typeset|export|local)$/.test(command)
  const options = words.filter((word) => word.startsWith('-')).join('')
  const fixes =
    command === 'readonly' || ((command === 'declare' || command === 'typeset') && options.includes('r'))
  if (command === 'unset' && words.includes('TMOUT') && !state.isReadonly) {
    if (sure) state.final = undefined
    else state.doubtful.push({ ...line, key: 'TMOUT', value: '' })
    return true
  }
  let understood = false
  for (const written of declares ? words.slice(1) : words) {
    const word = written.replace(/^(["'])(.*)\1$/, '$2')
    understood ||= word === 'TMOUT' || word.startsWith('TMOUT=')
    const assigned = /^TMOUT=(.*)$/.exec(word)
    if (assigned) {
      if (state.isReadonly) continue // bash refuses
      const setting = { ...line, key: 'TMOUT', value: (assigned[1] ?? '').replace(/^(["'])(.*)\1$/, '$2') }
      if (sure) state.final = setting
      else state.doubtful.push(setting)
    } else if (word !== 'TMOUT') {
      if (!declares && !/^\w+=/.test(word)) return understood && declares // an ordinary command
      continue
    }
    if (fixes && sure && state.final) state.isReadonly = true
  }
  return understood || !statement.includes('TMOUT')
}

/** `[ … ] && TMOUT=…` on one line. */
function hasDoubtfulGuard(text: string): boolean {
  return /(?:\]|\btest\b[^;]*)\s*(?:&&|\|\|)/.test(text) && !harmless.test(text)
}

/** Statements of a line, comments off. */
function statements(text: string): readonly string[] {
  return text
    .replace(/(?:^|\s)#.*$/, '')
    .split(/;|&&|\|\|/)
    .map((one) => one.trim())
    .filter((one) => one !== '')
}
