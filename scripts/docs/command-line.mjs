// docs/command-line.md: what every verb says about itself.
import { generatedMark, link, list, page, prose } from './markdown.mjs'

/** @param runCommandLine of lib/cli; its world is one that only collects text */
export async function commandLinePage({ runCommandLine }) {
  const verbs = await verbsBelow(runCommandLine, [])
  const sections = []
  for (const { name, words, summary } of verbs) {
    const help = await helpOf(runCommandLine, words)
    sections.push(`${'#'.repeat(words.length + 1)} ${name}`, `${sentence(summary)}.`, block(help))
  }
  return page(
    '# Command line',
    generatedMark,
    'Machine-readable text goes to standard output, text for people to standard error. Exit codes: [exit-codes.md](exit-codes.md).',
    list(verbs.map(({ name, summary }) => `${link(name, name)}: ${prose(summary)}`)),
    block(await helpOf(runCommandLine, [])),
    ...sections
  )
}

/** The verbs that the help of a verb lists, each followed by its own. */
async function verbsBelow(runCommandLine, words) {
  const help = await helpOf(runCommandLine, words, 1000)
  const listed = /^Commands:\n((?: .*\n)*)/m.exec(help)?.[1] ?? ''
  const found = []
  for (const [, verb, summary] of listed.matchAll(/^ {2}([a-z]+) .*? {2,}(\S.*)$/gm)) {
    if (verb === 'help') continue
    const own = [...words, verb]
    found.push({ name: own.join(' '), words: own, summary }, ...(await verbsBelow(runCommandLine, own)))
  }
  return found
}

function sentence(text) {
  return prose(text.charAt(0).toUpperCase() + text.slice(1))
}

function block(text) {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``
}

/** `kas-harden VERB --help` as a terminal of so many columns shows it. */
async function helpOf(runCommandLine, argv, columns = 100) {
  const out = []
  const sink = { write: (text) => out.push(text), columns }
  const noTools = () => {
    throw new Error('help runs no program')
  }
  const code = await runCommandLine({
    argv: [...argv, '--help'],
    env: {},
    cwd: '/',
    stdout: sink,
    stderr: sink,
    exec: { run: noTools, stream: noTools },
    now: () => 0,
    uid: 0,
    signal: new AbortController().signal
  })
  if (code !== 0) throw new Error(`kas-harden ${argv.join(' ')} --help ended with ${code}:\n${out.join('')}`)
  return out.join('')
}
