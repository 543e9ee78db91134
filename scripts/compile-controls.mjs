// Compiles every lib/controls/<family>/<id>/control.yml into one JSON file: node scripts/compile-controls.mjs OUTPUT
// The data saves the installed package the parsing; the texts go in whole, so that a finding still names the line.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseDocument } from 'yaml'

const output = process.argv[2]
if (output === undefined) {
  console.error('usage: node scripts/compile-controls.mjs OUTPUT.json')
  process.exit(2)
}
const root = fileURLToPath(new URL('..', import.meta.url))
const controls = readdirSync(join(root, 'lib/controls'), { recursive: true })
  .map(String)
  .filter((path) => /^[^/]+\/[^/]+\/control\.yml$/.test(path))
  .sort((a, b) => (a < b ? -1 : 1))
  .map((path) => ({
    path: `lib/controls/${path}`,
    text: readFileSync(join(root, 'lib/controls', path), 'utf8')
  }))
for (const control of controls) {
  const document = parseDocument(control.text)
  const [error] = document.errors
  if (error) {
    console.error(`${control.path}: ${error.message}`)
    process.exit(1)
  }
  control.data = document.toJS()
}
mkdirSync(dirname(output), { recursive: true })
writeFileSync(output, `${JSON.stringify(controls)}\n`)
