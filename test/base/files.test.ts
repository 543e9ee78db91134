import { execFileSync } from 'node:child_process'
import { lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeWhole } from '../../lib/base/files.ts'

describe('writeWhole', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kas-harden-files-'))
  })
  afterEach(() => {
    rmSync(directory, { recursive: true })
  })

  it('replaces a file and its mode, and leaves nothing else behind', async () => {
    const path = join(directory, 'sub', 'report.json')
    await writeWhole(path, 'old', 0o600)
    await writeWhole(path, 'new')
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(lstatSync(path).mode & 0o777).toBe(0o644)
    expect(execFileSync('ls', ['-A', join(directory, 'sub')], { encoding: 'utf8' })).toBe('report.json\n')
  })

  it('writes into a pipe instead of replacing it', async () => {
    const path = join(directory, 'pipe')
    execFileSync('mkfifo', [path])
    const reader = await open(path, 'r+')
    await writeWhole(path, 'through\n')
    const { buffer, bytesRead } = await reader.read(Buffer.alloc(100))
    await reader.close()
    expect(buffer.subarray(0, bytesRead).toString()).toBe('through\n')
    expect(lstatSync(path).isFIFO()).toBe(true)
  })

  it('does not replace a link to a device', async () => {
    const path = join(directory, 'output')
    symlinkSync('/dev/null', path)
    await writeWhole(path, 'gone')
    expect(lstatSync(path).isSymbolicLink()).toBe(true)
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  it('does not follow a link to another file, which may lie outside of the project', async () => {
    const other = join(directory, 'other')
    writeFileSync(other, 'untouched')
    symlinkSync(other, join(directory, 'link'))
    await writeWhole(join(directory, 'link'), 'ours')
    expect(readFileSync(other, 'utf8')).toBe('untouched')
    expect(readFileSync(join(directory, 'link'), 'utf8')).toBe('ours')
  })
})
