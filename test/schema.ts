import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'

/** What a JSON text lacks of a published schema (`schemas/<name>.schema.json`); empty when it has all. */
export function missesOf(name: string, text: string): string {
  const path = new URL(`../schemas/${name}.schema.json`, import.meta.url)
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  const validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')) as object)
  return validate(JSON.parse(text)) ? '' : ajv.errorsText(validate.errors)
}
