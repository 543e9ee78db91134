import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { deliver } from '../../lib/build/deliver.ts'
import { temporaryDirectory } from '../temporary.ts'
import { exec } from './world.ts'

function world() {
  const directory = temporaryDirectory()
  const [from, to] = ['scratch', 'output dir'].map((name) => join(directory, name)) as [string, string]
  mkdirSync(from)
  const files = ['a', 'b'].map((name) => ({ from: join(from, name), to: join(to, 'below', name) }))
  for (const file of files) writeFileSync(file.from, file.from, { mode: 0o600 })
  return { to: join(to, 'below'), files }
}

test('files arrive under their names, readable, with nothing beside them', async () => {
  const { to, files } = world()
  await deliver(files, new AbortController().signal, exec)
  expect(readdirSync(to)).toEqual(['a', 'b'])
  expect(readFileSync(files[0]!.to, 'utf8')).toBe(files[0]!.from)
  expect(statSync(files[0]!.to).mode & 0o777).toBe(0o644)
})

test('an interrupt leaves what was there', async () => {
  const { to, files } = world()
  mkdirSync(to, { recursive: true })
  writeFileSync(files[0]!.to, 'before')
  await expect(deliver(files, AbortSignal.abort(), exec)).rejects.toMatchObject({ kind: 'interrupted' })
  expect(readdirSync(to)).toEqual(['a'])
  expect(readFileSync(files[0]!.to, 'utf8')).toBe('before')
})

test('a file that is missing holds back all of them', async () => {
  const { to, files } = world()
  const all = [...files, { from: '/nowhere/at all', to: join(to, 'c') }]
  await expect(deliver(all, new AbortController().signal, exec)).rejects.toThrow(/nowhere/)
  expect(readdirSync(to)).toEqual([])
})

test('files come from another disk with their holes', async () => {
  const { files, to } = world()
  if (!existsSync('/dev/shm')) return
  const [file] = files
  const source = join('/dev/shm', `kas-harden-test-${process.pid}`)
  writeFileSync(source, Buffer.alloc(1 << 20))
  try {
    await deliver([{ from: source, to: file!.to }], new AbortController().signal, exec)
  } finally {
    await exec.run('rm', ['-f', source])
  }
  expect(readdirSync(to)).toEqual(['a'])
  expect(statSync(file!.to)).toMatchObject({ size: 1 << 20, blocks: 0 })
})
