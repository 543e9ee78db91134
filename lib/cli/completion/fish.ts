import { allVerbs, type Flag, type Verb } from '../verb-tree.ts'
import { valueNamed, valueOf, type Value } from './values.ts'

/** For fish 3 and newer, as ~/.config/fish/completions/kas-harden.fish. */
export function fishScript(tree: Verb): string {
  const verbs = allVerbs(tree)
  return `# fish completion of kas-harden. Made by \`kas-harden completion fish\`; not to be edited.

# The verb before the cursor, and how many operands stand behind it.
function __kas_harden_at
    set -l verb ''
    set -l operands 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$verb $word"
${verbs.map(takesValue).filter(Boolean).join('\n')}
            case '* -*'
                true
${verbs
  .slice(1)
  .map(
    (verb) => `            case '${[verb.words.slice(0, -1).join(' '), verb.words.at(-1)].join(' ')}'
                test $operands = 0; and set verb '${verb.words.join(' ')}'; or set operands (math $operands + 1)`
  )
  .join('\n')}
            case '*'
                set operands (math $operands + 1)
        end
    end
    test "$argv[1]" = "$verb"; and begin
        test (count $argv) -lt 2; or test "$argv[2]" = $operands
    end
end

complete -c kas-harden -f
${verbs.flatMap(linesOf).join('\n')}
`
}

function takesValue(verb: Verb): string {
  const names = verb.options.flatMap((flag) =>
    valueOf(flag) ? [flag.short, flag.long].flatMap((name) => name ?? []) : []
  )
  if (names.length === 0) return ''
  return `            case ${names.map((name) => `'${verb.words.join(' ')} ${name}'`).join(' ')}
                set skip 1`
}

function linesOf(verb: Verb): string[] {
  const at = `__kas_harden_at ${quote(verb.words.join(' '))}`
  const below = verb.verbs.map(({ words, summary }) =>
    line(`${at} 0`, `-a ${quote(words.at(-1) ?? '')} -d ${quote(summary)}`)
  )
  const operands = verb.arguments.flatMap(({ name }, index) => {
    const given = valueNamed(name)
    return given.kind === 'text' ? [] : [line(`${at} ${index}`, behind(given))]
  })
  return [...below, ...operands, ...verb.options.map((flag) => line(at, optionWords(flag)))]
}

function line(condition: string, rest: string): string {
  return `complete -c kas-harden -n ${quote(condition)} ${rest}`
}

function optionWords(flag: Flag): string {
  const given = valueOf(flag)
  return [
    flag.short === undefined ? '' : `-s ${flag.short.slice(1)}`,
    `-l ${flag.long.slice(2)}`,
    given ? `${given.kind === 'words' || given.kind === 'text' ? '-x' : '-r'} ${behind(given)}`.trim() : '',
    `-d ${quote(flag.description)}`
  ]
    .filter(Boolean)
    .join(' ')
}

function behind(given: Value): string {
  switch (given.kind) {
    case 'words':
      return given.several
        ? `-a ${quote(`(__fish_append , ${given.words.join(' ')})`)}`
        : `-a ${quote(given.words.join(' '))}`
    case 'files':
      return '-F'
    case 'directories':
      return "-a '(__fish_complete_directories)'"
    case 'text':
      return ''
  }
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
