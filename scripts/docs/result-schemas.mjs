// JSON Schema (draft 7) of what the verbs write with --json, from the types in lib/cli/results.ts and their comments.
// It knows the kinds of types that JSON has and stops at any other.
import { join } from 'node:path'
import ts from 'typescript'

/** Schema file by the type it describes. */
const files = {
  ApplyJson: 'apply',
  CatalogueJson: 'catalogue',
  CiInitJson: 'ci-init',
  ExplainJson: 'explain',
  FailureJson: 'error',
  GapsJson: 'gaps',
  PackagesJson: 'packages',
  PlanJson: 'plan',
  RemoveJson: 'remove',
  ReportJson: 'report',
  RunJson: 'run',
  SbomJson: 'sbom'
}

/** @returns [path, text] of every schema */
export function resultSchemas(root) {
  const path = join(root, 'lib/cli/results.ts')
  const program = ts.createProgram([path], {
    ...ts.convertCompilerOptionsFromJson(
      ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config.compilerOptions,
      root
    ).options,
    noEmit: true
  })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(path)
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source))
  return Object.entries(files).map(([name, file]) => {
    const symbol = exported.find((one) => one.name === name)
    const type = checker.getDeclaredTypeOfSymbol(symbol)
    const definitions = new Map()
    const schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: `${file}.schema.json`,
      title: file === 'error' ? 'kas-harden: an error' : `kas-harden ${file.replace('-', ' ')}`,
      description: commentOf(symbol, checker),
      ...objectSchema(type, { checker, source, definitions }),
      ...(definitions.size > 0 && {
        definitions: Object.fromEntries([...definitions].sort(([a], [b]) => (a < b ? -1 : 1)))
      })
    }
    return [`schemas/${file}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`]
  })
}

function typeSchema(type, kit) {
  const { checker } = kit
  if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value }
  if (type.flags & ts.TypeFlags.BooleanLiteral) return { const: type.intrinsicName === 'true' }
  if (type.flags & ts.TypeFlags.String) return { type: 'string' }
  if (type.flags & ts.TypeFlags.Number) return { type: 'number' }
  if (type.flags & ts.TypeFlags.Boolean) return { type: 'boolean' }
  if (type.flags & ts.TypeFlags.Null) return { type: 'null' }
  if (type.isUnion()) return unionSchema(type, kit)
  if (checker.isArrayType(type)) {
    return { type: 'array', items: typeSchema(checker.getTypeArguments(type)[0], kit) }
  }
  if (type.flags & ts.TypeFlags.Object || type.isIntersection()) return named(type, kit)
  throw new Error(`no JSON Schema for the type '${checker.typeToString(type)}'`)
}

function unionSchema(type, kit) {
  const parts = type.types.filter((one) => !(one.flags & ts.TypeFlags.Undefined))
  const literals = parts.filter((one) => one.isStringLiteral() || one.isNumberLiteral())
  const booleans = parts.filter((one) => one.flags & ts.TypeFlags.BooleanLiteral)
  const others = parts.filter((one) => !literals.includes(one) && !booleans.includes(one))
  const schemas = [
    ...(literals.length === 0 ? [] : [{ enum: literals.map(({ value }) => value).sort() }]),
    ...(booleans.length === 2 ? [{ type: 'boolean' }] : booleans.map((one) => typeSchema(one, kit))),
    ...others.map((one) => typeSchema(one, kit))
  ]
  return schemas.length === 1 ? schemas[0] : { anyOf: schemas }
}

/** Interfaces of ours stand once, under their name. */
function named(type, kit) {
  const name = type.symbol?.name
  const own = type.symbol?.declarations?.some((one) => ts.isInterfaceDeclaration(one)) && !type.aliasSymbol
  if (!own) return objectSchema(type, kit)
  if (!kit.definitions.has(name)) {
    kit.definitions.set(name, {})
    const description = commentOf(type.symbol, kit.checker)
    kit.definitions.set(name, { ...(description && { description }), ...objectSchema(type, kit) })
  }
  return { $ref: `#/definitions/${name}` }
}

function objectSchema(type, kit) {
  const { checker, source } = kit
  const index = checker.getIndexTypeOfType(type, ts.IndexKind.String)
  if (index) return { type: 'object', additionalProperties: typeSchema(index, kit) }
  const properties = checker.getPropertiesOfType(type).map((symbol) => {
    const of = checker.getTypeOfSymbolAtLocation(symbol, source)
    const optional =
      Boolean(symbol.flags & ts.SymbolFlags.Optional) ||
      (of.isUnion() && of.types.some((one) => one.flags & ts.TypeFlags.Undefined))
    const description = commentOf(symbol, checker)
    return {
      name: symbol.name,
      optional,
      schema: { ...(description && { description }), ...typeSchema(of, kit) }
    }
  })
  return {
    type: 'object',
    additionalProperties: false,
    required: properties.filter(({ optional }) => !optional).map(({ name }) => name),
    properties: Object.fromEntries(properties.map(({ name, schema }) => [name, schema]))
  }
}

function commentOf(symbol, checker) {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).replace(/\s+/g, ' ').trim()
}
