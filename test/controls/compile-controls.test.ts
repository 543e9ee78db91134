import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { readControlFile } from '../../lib/controls/control-file.ts'
import { controls } from './control-fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'compile-controls-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('compile-controls.mjs', () => {
  it('writes all controls into one file, the same bytes every time', () => {
    const script = fileURLToPath(new URL('../../scripts/compile-controls.mjs', import.meta.url))
    const [one, two] = [join(folder, 'new/one.json'), join(folder, 'two.json')]
    execFileSync(process.execPath, [script, one])
    execFileSync(process.execPath, [script, two])
    expect(readFileSync(one, 'utf8')).toBe(readFileSync(two, 'utf8'))
    const rows = JSON.parse(readFileSync(one, 'utf8')) as { path: string; text: string; data: unknown }[]
    expect(rows.map(({ path }) => path).sort()).toEqual(controls.map(({ path }) => path).sort())
    for (const { path, text, data } of rows) {
      expect(readControlFile(text, path, data).control).toEqual(readControlFile(text, path).control)
    }
  })
})
