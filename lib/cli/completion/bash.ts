import { allVerbs, type Verb } from '../verb-tree.ts'
import { valueNamed, valueOf, type Value } from './values.ts'

/** For bash 4 and newer; needs no bash-completion. */
export function bashScript(tree: Verb): string {
  const verbs = allVerbs(tree)
  return `# bash completion of kas-harden: source <(kas-harden completion bash)
# Made by \`kas-harden completion bash\`; not to be edited.

_kas_harden_words() { # LIST: words, the last part of what is joined by commas
  local head=''
  [[ $cur == *,* ]] && head=\${cur%,*},
  mapfile -t COMPREPLY < <(compgen -P "$head" -W "$1" -- "\${cur##*,}")
}

_kas_harden_paths() { # -f files, -d directories; a chain of kas files is completed behind its last colon
  local head='' last=$cur
  [[ $cur == *:* ]] && head=\${cur%:*}: last=\${cur##*:}
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -P "$head" "$1" -- "$last")
}

_kas_harden() {
  local cur=\${COMP_WORDS[COMP_CWORD]} verb='' operands=0 i word option=''
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == -- ]]; then return; fi
    if [[ -n $option ]]; then
      # --sl=2 reaches us as three words, and a chain as many with colons between.
      [[ $word == = ]] || option=''
      continue
    fi
    case "$verb $word" in
${verbs.map(takesValue).filter(Boolean).join('\n')}
      *' '-*) ;;
${verbs
  .slice(1)
  .map(
    (verb) => `      '${[...verb.words.slice(0, -1), ' '].join(' ').trimEnd()} ${verb.words.at(-1) ?? ''}')
        ((operands)) || verb='${verb.words.join(' ')}' ;;`
  )
  .join('\n')}
      *) [[ $word == : || \${COMP_WORDS[i - 1]} == : ]] || ((operands++)) ;;
    esac
  done
  [[ $cur == = || $cur == : ]] && cur=''

  case "$verb $option" in
${verbs.map(completesValue).filter(Boolean).join('\n')}
  esac
  [[ -n $option ]] && return

  if [[ $cur == -* ]]; then
    case "$verb" in
${verbs.map((verb) => `      '${verb.words.join(' ')}') _kas_harden_words '${optionWords(verb)}' ;;`).join('\n')}
    esac
    return
  fi
  # Behind a colon the file belongs to the operand that has begun.
  [[ \${COMP_WORDS[COMP_CWORD]} == : || \${COMP_WORDS[COMP_CWORD - 1]} == : ]] && ((operands--))
  case "$verb $operands" in
${verbs.map(completesOperands).filter(Boolean).join('\n')}
  esac
}

complete -F _kas_harden kas-harden
`
}

function valued(verb: Verb) {
  return verb.options.flatMap((flag) => {
    const value = valueOf(flag)
    return value ? [{ names: [flag.short, flag.long].flatMap((name) => name ?? []), value }] : []
  })
}

function patterns(verb: Verb, names: readonly string[]): string {
  return names.map((name) => `'${verb.words.join(' ')} ${name}'`).join(' | ')
}

function takesValue(verb: Verb): string {
  const names = valued(verb).flatMap((one) => one.names)
  return names.length === 0 ? '' : `      ${patterns(verb, names)}) option=$word ;;`
}

function completesValue(verb: Verb): string {
  return valued(verb)
    .flatMap(({ names, value }) =>
      value.kind === 'text' ? [] : [`    ${patterns(verb, names)}) ${call(value)} ;;`]
    )
    .join('\n')
}

function completesOperands(verb: Verb): string {
  const place = (index: number) => `'${verb.words.join(' ')} ${index}'`
  const words = verb.verbs.map(({ words: all }) => all.at(-1) ?? '')
  const calls = verb.arguments.map((operand) => call(valueNamed(operand.name)))
  const below = words.length === 0 ? '' : `_kas_harden_words '${words.join(' ')}'`
  if (below === '') {
    return calls.flatMap((text, index) => (text === '' ? [] : `    ${place(index)}) ${text} ;;`)).join('\n')
  }
  // An image, or one of the verbs below.
  const both =
    calls[0] === undefined
      ? below
      : `${calls[0]}; local paths=("\${COMPREPLY[@]}"); ${below}; COMPREPLY+=("\${paths[@]}")`
  return `    ${place(0)}) ${both} ;;`
}

function call(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `_kas_harden_words '${value.words.join(' ')}'`
    case 'files':
      return '_kas_harden_paths -f'
    case 'directories':
      return '_kas_harden_paths -d'
    case 'text':
      return ''
  }
}

function optionWords(verb: Verb): string {
  return verb.options.flatMap(({ short, long }) => [short, long].filter(Boolean)).join(' ')
}
