import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import * as claim from '../../lib/assess/claim.ts'
import * as summary from '../../lib/assess/summary.ts'
import * as errors from '../../lib/base/errors.ts'
import * as catalogue from '../../lib/catalogue/load-catalogue.ts'
import * as levels from '../../lib/catalogue/requirements-for.ts'
import * as commandLine from '../../lib/cli/command-line.ts'
import * as exitReasons from '../../lib/cli/exit-reasons.ts'
import * as program from '../../lib/cli/program.ts'
import * as verbTree from '../../lib/cli/verb-tree.ts'
import * as check from '../../lib/controls/check.ts'
import * as control from '../../lib/controls/control.ts'
import * as leftToOthers from '../../lib/controls/left-to-others.ts'
import * as controls from '../../lib/controls/load-controls.ts'
import * as parameters from '../../lib/controls/parameters.ts'
import * as profile from '../../lib/controls/profile.ts'

/** scripts/generate-docs.mjs is plain JavaScript, for it runs before anything is there to check it. */
interface Generator {
  generateDocs(lib: Record<string, unknown>): Promise<ReadonlyMap<string, string>>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const generator = (await import(join(root, 'scripts/generate-docs.mjs'))) as Generator

const generated = await generator.generateDocs({
  ...claim,
  ...summary,
  ...errors,
  ...catalogue,
  ...levels,
  ...commandLine,
  ...exitReasons,
  ...program,
  ...verbTree,
  ...check,
  ...control,
  ...leftToOthers,
  ...controls,
  ...parameters,
  ...profile
})

describe('generated pages', () => {
  it.each([...generated.keys()])('%s is what the code says (else: npm run docs)', (path) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(generated.get(path))
  })

  it('list all 122 requirements and the four constraints once', () => {
    const text = generated.get('docs/requirements.md') ?? ''
    const headings = [...text.matchAll(/^### (.*)$/gm)].map((match) => match[1])
    expect(headings).toHaveLength(126)
    expect(new Set(headings).size).toBe(126)
  })

  it('document every verb the command line has', () => {
    const text = generated.get('docs/command-line.md') ?? ''
    const files = readdirSync(join(root, 'lib/cli')).filter((name) => name.endsWith('.ts'))
    const verbs = files.filter((name) =>
      /\.command\('/.test(readFileSync(join(root, 'lib/cli', name), 'utf8'))
    )
    const documented = [...text.matchAll(/^##+ (.*)$/gm)].map((match) => match[1] ?? '')
    expect(documented.map((name) => `${name.replace(' ', '-')}.ts`).sort()).toEqual(verbs)
  })
})

describe('links of our pages', () => {
  const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'].concat(
    ['docs', 'docs/decisions', 'kas-overlays', 'recipes', 'lib/controls', 'sbom'].flatMap((folder) =>
      readdirSync(join(root, folder))
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(folder, name))
    )
  )

  it.each(pages)('%s leads nowhere that is not there', (page) => {
    const text = readFileSync(join(root, page), 'utf8').replace(/^ {0,3}```[\s\S]*?^ {0,3}```/gm, '')
    const dead = [...text.matchAll(/\]\(([^()\s]+)\)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !leadsSomewhere(join(root, page), target))
    expect(dead).toEqual([])
  })

  function leadsSomewhere(from: string, target: string): boolean {
    const [path = '', fragment] = target.split('#')
    const file = path === '' ? from : resolve(dirname(from), path)
    if (!existsSync(file)) return false
    return fragment === undefined || anchorsOf(readFileSync(file, 'utf8')).has(fragment)
  }

  /** As GitHub and GitLab make them of headings; a second one of the same name is another anchor. */
  function anchorsOf(text: string): ReadonlySet<string> {
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^a-z0-9 _-]/g, '')
        .trim()
        .replaceAll(' ', '-')
    )
    return new Set(headings.filter((one, index) => headings.indexOf(one) === index))
  }
})
