// The comments of lib/controls/check.ts and control.ts describe every field of a control.yml. They are the only
// description there is: the pages and the JSON Schema take them from the source.
import ts from 'typescript'

/** Comments of the object schemas and of the lists of words in a source file. */
export function readComments(text, name) {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
  const shared = sharedObjects(source)
  const objects = new Map()
  const words = new Map()

  function visit(node) {
    if (ts.isCallExpression(node) && node.expression.getText(source) === 'v.strictObject') {
      const fields = fieldsOf(node.arguments[0], source, shared)
      objects.set(objectKey([...fields.keys()], typeOf(node.arguments[0], source)), fields)
    }
    if (ts.isVariableDeclaration(node) && node.initializer && ts.isAsExpression(node.initializer)) {
      const array = node.initializer.expression
      if (ts.isArrayLiteralExpression(array)) {
        const rows = array.elements.map((element) => [element.text, commentOf(element, source)])
        words.set(rows.map(([word]) => word).join(), new Map(rows))
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { objects, words }
}

/** Finds the comments of a schema: its field names, and the word of its `type` where it has one. */
export function objectKey(names, type) {
  return [...names].sort().join() + (type === undefined ? '' : `:${type}`)
}

function sharedObjects(source) {
  const found = new Map()
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer && ts.isObjectLiteralExpression(initializer))
        found.set(name.getText(source), initializer)
    }
  }
  return found
}

function fieldsOf(object, source, shared) {
  const fields = new Map()
  for (const property of object.properties) {
    if (ts.isSpreadAssignment(property)) {
      const spread = shared.get(property.expression.getText(source))
      for (const [name, comment] of fieldsOf(spread, source, shared)) fields.set(name, comment)
    } else {
      fields.set(property.name.getText(source), commentOf(property, source))
    }
  }
  return fields
}

function typeOf(object, source) {
  const property = object.properties.find((one) => one.name?.getText(source) === 'type')
  return /^v\.literal\('(.*)'\)$/.exec(property?.initializer.getText(source) ?? '')?.[1]
}

/** The comment above a node, else the one behind it on its line. */
function commentOf(node, source) {
  const text = source.text
  const above = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []
  const behind = ts.getTrailingCommentRanges(text, text[node.end] === ',' ? node.end + 1 : node.end) ?? []
  const range = above.at(-1) ?? behind[0]
  return range && plain(text.slice(range.pos, range.end))
}

function plain(comment) {
  return comment
    .replace(/^\/\*\*?|\*\/$|^\/\//g, '')
    .replace(/^\s*\*\s?/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
}
