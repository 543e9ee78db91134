// JSON Schema (draft 7) of the valibot schemas of a control.yml. It knows the few kinds they are made of and stops
// at any other, so that the published schema can't silently say less than the code.
import { objectKey } from './comments.mjs'

/**
 * @param schema a valibot schema
 * @param comments what readComments() gave
 */
export function jsonSchema(schema, comments) {
  const rules = (schema.pipe ?? []).slice(1)
  return {
    ...base(schema, comments),
    ...Object.assign({}, ...rules.map((rule) => ruleOf(rule, schema.type)))
  }
}

function base(schema, comments) {
  switch (schema.type) {
    case 'string':
    case 'number':
    case 'boolean':
      return { type: schema.type }
    case 'literal':
      return { const: schema.literal }
    case 'picklist':
      return { enum: [...schema.options] }
    case 'array':
      return { type: 'array', items: jsonSchema(schema.item, comments) }
    case 'record':
      return {
        type: 'object',
        propertyNames: jsonSchema(schema.key, comments),
        additionalProperties: jsonSchema(schema.value, comments)
      }
    case 'union':
      return { anyOf: schema.options.map((option) => jsonSchema(option, comments)) }
    case 'variant':
      return variant(schema, comments)
    case 'optional': {
      const inner = jsonSchema(schema.wrapped, comments)
      return schema.default === undefined ? inner : { ...inner, default: schema.default }
    }
    case 'strict_object':
      return object(schema, comments)
    default:
      throw new Error(`no JSON Schema for valibot's '${schema.type}'`)
  }
}

/** A chain of if and then: an editor shows what is wrong with this check, not with all the kinds it is not. */
function variant(schema, comments) {
  const types = schema.options.map((option) => option.entries[schema.key].literal)
  return {
    type: 'object',
    required: [schema.key],
    properties: { [schema.key]: { enum: types } },
    allOf: schema.options.map((option, index) => ({
      if: { required: [schema.key], properties: { [schema.key]: { const: types[index] } } },
      then: jsonSchema(option, comments)
    }))
  }
}

function object(schema, comments) {
  const fields = commentsOf(schema, comments)
  const properties = Object.entries(schema.entries).map(([name, field]) => {
    const description = fields?.get(name)
    return [name, { ...(description && { description }), ...jsonSchema(field, comments) }]
  })
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(schema.entries).filter((name) => schema.entries[name].type !== 'optional'),
    properties: Object.fromEntries(properties)
  }
}

/** The comments on the fields of an object schema. */
export function commentsOf(schema, comments) {
  return comments.objects.get(objectKey(Object.keys(schema.entries), schema.entries.type?.literal))
}

function ruleOf(rule, type) {
  const { requirement } = rule
  switch (rule.type) {
    case 'integer':
      return { type: 'integer' }
    case 'min_value':
      return { minimum: requirement }
    case 'max_value':
      return { maximum: requirement }
    case 'min_length':
      return type === 'array' ? { minItems: requirement } : { minLength: requirement }
    case 'regex':
      return { pattern: requirement.source }
    default:
      throw new Error(`no JSON Schema for valibot's rule '${rule.type}'`)
  }
}
