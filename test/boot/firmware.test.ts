import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findFirmware, withOwnVars } from '../../lib/boot/firmware.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'firmware-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

const put = (...names: string[]) => Promise.all(names.map((name) => writeFile(join(directory, name), name)))

test("finds what Debian's package installs", async () => {
  const found = await findFirmware()
  expect((await stat(found.code)).size).toBeGreaterThan(1 << 20)
})

test('prefers the 4 MiB build and never mixes sizes', async () => {
  await put('OVMF_CODE.fd', 'OVMF_VARS.fd', 'OVMF_CODE_4M.fd')
  expect(await findFirmware(directory)).toEqual({
    code: join(directory, 'OVMF_CODE.fd'),
    vars: join(directory, 'OVMF_VARS.fd')
  })
  await put('OVMF_VARS_4M.fd')
  expect(await findFirmware(directory)).toEqual({
    code: join(directory, 'OVMF_CODE_4M.fd'),
    vars: join(directory, 'OVMF_VARS_4M.fd')
  })
})

test('says what to install when there is none', async () => {
  await expect(findFirmware(directory)).rejects.toMatchObject({
    kind: 'environment',
    code: 'FIRMWARE_MISSING',
    hint: 'Install it: apt-get install ovmf'
  })
})

test('the machine can write its own variables even where the template is read only', async () => {
  await put('OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd')
  await chmod(join(directory, 'OVMF_VARS_4M.fd'), 0o444)
  const own = await withOwnVars(await findFirmware(directory), directory)
  expect(await readFile(own.vars, 'utf8')).toBe('OVMF_VARS_4M.fd')
  expect((await stat(own.vars)).mode & 0o777).toBe(0o600)
})
