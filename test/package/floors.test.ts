import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'
import { describe, expect, it } from 'vitest'

/** The floors as ARCHITECTURE.md shows them; what lint enforces must be the same. */
const root = fileURLToPath(new URL('../..', import.meta.url))
const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
const floorOf = new Map(
  [...architecture.matchAll(/^ {4}(\d) {2}(\S.*)$/gm)].flatMap(([, floor, rooms = '']) =>
    rooms.split(/\s+/).map((room) => [room, Number(floor)] as const)
  )
)
const rooms = [...floorOf.keys()]
/** The project's own configuration; types are not asked for, as no rule of ours about imports needs them. */
const eslint = new ESLint({
  cwd: root,
  ruleFilter: ({ ruleId }) => ruleId.startsWith('no-restricted-'),
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } }
})

function folderOf(room: string): string {
  return room === 'sbom' ? 'sbom' : `lib/${room}`
}

/** A real file of a room, at its top or below: the parser wants to know the file it is given. */
function fileIn(room: string, nested: boolean): string | undefined {
  const files = readdirSync(join(root, folderOf(room)), { recursive: true })
    .map(String)
    .sort()
  const file = files.find((name) => name.endsWith('.ts') && name.includes('/') === nested)
  return file && join(folderOf(room), file)
}

/** What lint says about a text in the place of a file: one line per message. */
async function restrictions(file: string, lines: readonly string[]): Promise<string[]> {
  const [result] = await eslint.lintText(lines.join('\n'), { filePath: join(root, file) })
  expect(result?.fatalErrorCount).toBe(0)
  return (result?.messages ?? []).map(({ line, ruleId }) => `${lines[line - 1] ?? ''} (${ruleId ?? ''})`)
}

/** How a file of one room names a module of another. */
function pathTo(other: string, from: string): string {
  const up = '../'.repeat(from.split('/').length - 1)
  return `${up}${folderOf(other)}/thing.ts`.replace(/^((?:\.\.\/)+)lib\//, (whole, dots: string) =>
    from.startsWith('lib/') ? dots.slice(3) : whole
  )
}

describe('the floors', () => {
  it('hold every room there is', () => {
    const there = readdirSync(join(root, 'lib'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
    expect([...rooms].sort()).toEqual([...there, 'sbom'].sort())
  })

  const places = rooms.flatMap((room) =>
    [fileIn(room, false), fileIn(room, true)].flatMap((file) => (file ? [{ room, file }] : []))
  )
  it.each(places)('$file imports downward only', async ({ room, file }) => {
    const others = rooms.filter((other) => other !== room)
    const lines = others.map((other) => `import '${pathTo(other, file)}'`)
    const forbidden = others.filter((other) => floorOf.get(other)! >= floorOf.get(room)!)
    expect(await restrictions(file, lines)).toEqual(
      forbidden.map((other) => `import '${pathTo(other, file)}' (no-restricted-imports)`)
    )
  })

  it('are not left by other kinds of import either', async () => {
    const lines = [
      "import type { Plan } from '../harden/plan.ts'",
      "export { plan } from '../harden/plan.ts'",
      "export * from '../../sbom/index.ts'",
      "export const later = () => import('../cli/run.ts')",
      "export type Command = import('../cli/run.ts').Command",
      "import { apply } from '../index.ts'"
    ]
    const refused = (await restrictions('lib/base/io.ts', lines)).map((message) =>
      message.replace(/ \([a-z-]+\)$/, '')
    )
    expect(refused).toEqual(lines)
  })

  it('stay open downward', async () => {
    const lines = [
      "export { digest } from '../base/digest.ts'",
      "export const now = await import('../debian/version.ts')",
      "import { Check } from './check.ts'"
    ]
    expect(await restrictions('lib/controls/control.ts', lines)).toEqual([])
  })
})

describe('lib/', () => {
  it('reads process nowhere but in the command itself', async () => {
    const line = 'export const home = process.env'
    expect(await restrictions('lib/kas/project.ts', [line])).toEqual([`${line} (no-restricted-globals)`])
    expect(await restrictions('lib/cli/main.ts', [line])).toEqual([])
  })
})
