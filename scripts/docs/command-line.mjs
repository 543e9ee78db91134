// docs/command-line.md: what every verb says about itself.
import { generatedMark, link, list, page, prose } from './markdown.mjs'

/** @param runCommandLine of lib/cli; its world is one that only collects text */
export async function commandLinePage({ runCommandLine }) {
  const main = await helpOf(runCommandLine, [])
  const verbs = [...main.matchAll(/^ {2}([a-z]+) .*? {2,}(\S.*)$/gm)]
    .map(([, name, summary]) => ({ name, summary }))
    .filter(({ name }) => name !== 'help')
  const sections = []
  for (const { name, summary } of verbs) {
    const help = await helpOf(runCommandLine, [name])
    sections.push(`## ${name}`, `${sentence(summary)}.`, block(help))
  }
  return page(
    '# Command line',
    generatedMark,
    'Machine-readable text goes to standard output, text for people to standard error. Exit codes: [exit-codes.md](exit-codes.md).',
    list(verbs.map(({ name, summary }) => `${link(name, name)}: ${prose(summary)}`)),
    block(main),
    ...sections
  )
}

function sentence(text) {
  return prose(text.charAt(0).toUpperCase() + text.slice(1))
}

function block(text) {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``
}

/** `kas-harden VERB --help` as a terminal of 100 columns shows it. */
async function helpOf(runCommandLine, argv) {
  const out = []
  const sink = { write: (text) => out.push(text), columns: 100 }
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
