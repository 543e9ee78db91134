// docs/exit-codes.md: the exit codes, and every error code that leads to each.
import ts from 'typescript'
import { code, generatedMark, page, prose, table } from './markdown.mjs'

export const exitMeanings = {
  gate: 'The work was done, but the gate did not pass; `apply --check` found drift.',
  usage: 'Arguments, configuration or input are wrong. The message says what, where and what to do.',
  environment:
    'A tool, a privilege, a mirror or room on the disk is missing. The message says what to install.',
  build: 'The build failed.',
  'runtime-test': 'The tests on the booted image could not run.',
  internal: 'A bug of kas-harden. Please report it with the lines it printed.',
  interrupted: 'Interrupted by SIGINT, SIGTERM or SIGHUP; nothing half-written was left.'
}

/**
 * @param exitCodes of lib/base/errors.ts
 * @param sources texts of lib/ and sbom/ by path
 */
export function exitCodesPage({ exitCodes, exitReasons, sources }) {
  const thrown = errorsIn(sources)
  return page(
    '# Exit codes',
    generatedMark,
    'The same for every verb. `HardenError.kind` decides the code, in one place (`lib/cli/report-error.ts`).',
    table(
      ['Code', 'Meaning', '`HardenError.kind`'],
      [
        ['0', 'Done; where there is a gate, it passed.', ''],
        ...Object.entries(exitCodes).map(([kind, number]) => [String(number), meaningOf(kind), code(kind)])
      ]
    ),
    '## Per verb',
    'What a verb has reasons of its own for. 2 for a wrong command line, 70 and 130 belong to all.',
    table(
      ['Verb', 'Code', 'When'],
      Object.entries(exitReasons).flatMap(([verb, reasons]) =>
        Object.entries(reasons).map(([number, when]) => [code(verb), number, prose(when)])
      )
    ),
    '## With `--json`',
    'A verb that could not do its work writes one object to standard output, `{"error": {"code", "kind", "message", "hint", "path", "findings"}}` ([schemas/error.schema.json](../schemas/error.schema.json)); `kind` is the one above. Text for people goes to standard error as always. A verb that did its work and whose gate did not pass (1) writes its result, not an error.',
    '## Error codes',
    'The word in brackets at the end of a message, and `HardenError.code` for users of the library. They are stable; the words of the messages are not.',
    table(
      ['Error code', 'Exit code', 'Comes from'],
      rowsOf(thrown).map(({ name, kinds, rooms }) => [
        code(name),
        [...kinds]
          .map((kind) => exitCodes[kind])
          .sort((a, b) => a - b)
          .join(', '),
        [...rooms].sort().join(', ')
      ])
    )
  )
}

function meaningOf(kind) {
  if (!exitMeanings[kind]) throw new Error(`scripts/docs/exit-codes.mjs has no meaning for '${kind}'`)
  return exitMeanings[kind]
}

function rowsOf(thrown) {
  const rows = new Map()
  for (const { name, kind, room } of thrown) {
    const row = rows.get(name) ?? { name, kinds: new Set(), rooms: new Set() }
    row.kinds.add(kind)
    row.rooms.add(room)
    rows.set(name, row)
  }
  return [...rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * Every `new HardenError(kind, name, …)`. Where kind or name is a parameter of the function around it, the
 * callers of that function say what it is; what nobody can say stops the run, so that the page is whole.
 */
function errorsIn(sources) {
  const files = [...sources].map(([path, text]) =>
    ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  )
  const calls = files.flatMap((file) => nodesIn(file, (node) => ts.isCallExpression(node)))
  return files.flatMap((file) =>
    nodesIn(file, (node) => ts.isNewExpression(node) && node.expression.getText() === 'HardenError').flatMap(
      (node) => {
        const [kind, name] = node.arguments
        return pairs(kind, name, calls).map((pair) => ({ ...pair, room: roomOf(file.fileName) }))
      }
    )
  )
}

function pairs(kind, name, calls) {
  const parameters = [kind, name].map(parameterOf)
  const outer = parameters.find((one) => one !== undefined)?.parent
  if (!outer)
    return wordsOf(kind).flatMap((one) => wordsOf(name).map((other) => ({ kind: one, name: other })))
  const own = outer.name?.getText() ?? outer.parent.name?.getText()
  const callers = calls.filter((call) => call.expression.getText() === own && sameFileOrExported(call, outer))
  if (callers.length === 0)
    throw new Error(`${place(outer)}: nobody calls '${own}', which makes a HardenError`)
  const given = (call, node, parameter) =>
    parameter === undefined
      ? node
      : (call.arguments[outer.parameters.indexOf(parameter)] ?? parameter.initializer)
  return callers.flatMap((call) =>
    pairs(given(call, kind, parameters[0]), given(call, name, parameters[1]), calls)
  )
}

/** The parameter of a function that an identifier names. */
function parameterOf(node) {
  if (!ts.isIdentifier(node)) return undefined
  for (let up = node.parent; up; up = up.parent) {
    const found = ts.isFunctionLike(up) && up.parameters.find((one) => one.name.getText() === node.text)
    if (found) return found
  }
  return undefined
}

function wordsOf(node) {
  if (ts.isStringLiteral(node)) return [node.text]
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(wordsOf)
  throw new Error(`${place(node)}: the code of a HardenError can't be read from '${node.getText()}'`)
}

function sameFileOrExported(call, declaration) {
  const exported = declaration.modifiers?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword)
  return exported || call.getSourceFile() === declaration.getSourceFile()
}

function nodesIn(root, wanted) {
  const found = []
  const visit = (node) => {
    if (wanted(node)) found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(root)
  return found
}

function place(node) {
  const file = node.getSourceFile()
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
}

function roomOf(path) {
  return path.startsWith('sbom/') ? 'sbom' : path.split('/').slice(0, 2).join('/')
}
