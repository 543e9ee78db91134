import { allVerbs, type Flag, type Verb } from '../verb-tree.ts'
import { valueNamed, valueOf, type Value } from './values.ts'

/** For zsh's own completion system (compinit): as a file `_kas-harden` of $fpath, or sourced. */
export function zshScript(tree: Verb): string {
  return `#compdef kas-harden
# zsh completion of kas-harden. Made by \`kas-harden completion zsh\`; not to be edited.

# A chain: kas files joined by colons.
_kas_harden_chain() { compset -P '*:'; _files }

${allVerbs(tree).map(functionOf).join('\n\n')}

if [[ $funcstack[1] == _kas-harden ]]; then
  _kas_harden "$@"
else
  compdef _kas_harden kas-harden
fi
`
}

function nameOf(words: readonly string[]): string {
  return ['_kas_harden', ...words].join('_')
}

function functionOf(verb: Verb): string {
  const specs = verb.options.map(optionSpec)
  if (verb.verbs.length === 0) {
    const operands = verb.arguments.map(
      ({ name, several }, index) =>
        `'${several ? '*' : String(index + 1)}:${name}:${action(valueNamed(name), name)}'`
    )
    return `${nameOf(verb.words)}() {\n  _arguments -s ${[...specs, ...operands].join(' \\\n    ')}\n}`
  }
  const [operand] = verb.arguments
  const below = verb.verbs
    .map(({ words, summary }) => `'${colons(words.at(-1) ?? '')}:${colons(summary)}'`)
    .join(' \\\n    ')
  const files = operand ? `\n  ${action(valueNamed(operand.name), operand.name)}` : ''
  const branches = verb.verbs.map(({ words }) => `        (${words.at(-1) ?? ''}) ${nameOf(words)} ;;`)
  return `${nameOf(verb.words)}_first() {
  local -a verbs=(
    ${below}
  )
  _describe -t commands command verbs${files}
}
${nameOf(verb.words)}() {
  local curcontext=$curcontext state state_descr line
  typeset -A opt_args
  _arguments -s -C ${specs.join(' \\\n    ')} \\
    '1: :${nameOf(verb.words)}_first' \\
    '*:: :->rest'
  case $state in
    (rest)
      case $line[1] in
${branches.join('\n')}
      esac ;;
  esac
}`
}

function optionSpec(flag: Flag): string {
  const value = valueOf(flag)
  const text = flag.description.replace(/[[\]:\\]/g, '\\$&')
  const behind = `[${text}]${value ? `:${flag.value ?? ''}:${action(value, flag.value ?? '')}` : ''}`
  const names = [flag.short, flag.long].flatMap((name) => name ?? [])
  return names.map((name) => quote(`*${name}${behind}`)).join(' ')
}

function action(value: Value, name: string): string {
  switch (value.kind) {
    case 'words':
      return value.several ? `_values -s , ${name} ${value.words.join(' ')}` : `(${value.words.join(' ')})`
    case 'files':
      return name === 'chain' || name === 'files' ? '_kas_harden_chain' : '_files'
    case 'directories':
      return '_files -/'
    case 'text':
      return ' '
  }
}

function colons(text: string): string {
  return text.replaceAll(':', '\\:').replaceAll("'", "'\\''")
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
