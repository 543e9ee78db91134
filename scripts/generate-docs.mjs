// Writes the pages of docs/ and the JSON Schema that follow from the code: node scripts/generate-docs.mjs
// It runs on dist/ (npm run build). test/docs/generated.test.ts calls generateDocs() with the sources and fails
// when what is committed differs.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { agreementPage } from './docs/agreement.mjs'
import { checksPage } from './docs/checks.mjs'
import { claimsPage } from './docs/claims.mjs'
import { commandLinePage } from './docs/command-line.mjs'
import { readComments } from './docs/comments.mjs'
import { controlsPage } from './docs/controls.mjs'
import { exitCodesPage } from './docs/exit-codes.mjs'
import { jsonSchema } from './docs/json-schema.mjs'
import { manualPage } from './docs/manual-page.mjs'
import { requirementsPage } from './docs/requirements.mjs'
import { resultSchemas } from './docs/result-schemas.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The modules of lib/ whose exports the pages are made of. */
const modules = [
  'assess/claim',
  'assess/summary',
  'base/errors',
  'catalogue/load-catalogue',
  'catalogue/requirements-for',
  'cli/command-line',
  'cli/exit-reasons',
  'cli/program',
  'cli/verb-tree',
  'controls/check',
  'controls/control',
  'controls/left-to-others',
  'controls/load-controls',
  'controls/parameters',
  'controls/profile'
]

/**
 * @param lib the exports of `modules`, all in one object
 * @returns text of each generated file by its path
 */
export async function generateDocs(lib) {
  const { controls, findings } = await lib.loadControls()
  if (findings.length > 0)
    throw new Error(findings.map(({ path, message }) => `${path}: ${message}`).join('\n'))
  const kit = { ...lib, controls, catalogue: lib.loadCatalogue(), sources: sources(), comments: comments() }
  return new Map([
    ['docs/agreement.md', agreementPage(kit)],
    ['docs/checks.md', checksPage(kit)],
    ['docs/claims.md', claimsPage(kit)],
    ['docs/command-line.md', await commandLinePage(kit)],
    ['docs/controls.md', controlsPage(kit)],
    ['docs/exit-codes.md', exitCodesPage(kit)],
    ['docs/requirements.md', requirementsPage(kit)],
    ['man/kas-harden.1', manualPage(kit)],
    ['schemas/control.schema.json', controlSchema(kit)],
    ...resultSchemas(root)
  ])
}

function controlSchema({ Control, comments }) {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'control.schema.json',
    title: 'control.yml',
    description:
      'A control of kas-harden: a measure declared once. Package list, settings, checks and report follow from it.',
    ...jsonSchema(Control, comments)
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

function comments() {
  const [check, control] = ['check', 'control'].map((name) => {
    const path = `lib/controls/${name}.ts`
    return readComments(readFileSync(join(root, path), 'utf8'), path)
  })
  return {
    objects: new Map([...check.objects, ...control.objects]),
    words: new Map([...check.words, ...control.words])
  }
}

function sources() {
  const paths = ['lib', 'sbom'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((path) => join(folder, String(path)))
  )
  return new Map(
    paths
      .filter((path) => /\.tsx?$/.test(path))
      .sort()
      .map((path) => [path, readFileSync(join(root, path), 'utf8')])
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const loaded = await Promise.all(
    modules.map((name) => import(new URL(`../dist/lib/${name}.js`, import.meta.url)))
  )
  for (const [path, text] of await generateDocs(Object.assign({}, ...loaded))) {
    writeFileSync(join(root, path), text)
    console.log(path)
  }
}
