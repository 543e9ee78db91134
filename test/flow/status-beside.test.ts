import { mkdirSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { compareWithStatusBeside } from '../../lib/flow/status-beside.ts'
import { openImage } from '../../lib/image/open-image.ts'
import { collectingIo } from '../run-cli.ts'
import { temporaryDirectory } from '../temporary.ts'

const stanza = (name: string, version: string) =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n\n`

async function findingsWith(inside: string, beside: string | undefined) {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, 'tree/var/lib/dpkg'), { recursive: true })
  writeFileSync(join(directory, 'tree/var/lib/dpkg/status'), inside)
  execFileSync('tar', ['-C', join(directory, 'tree'), '-cf', join(directory, 'image.tar'), '.'])
  if (beside !== undefined) writeFileSync(join(directory, 'image.dpkg_status'), beside)
  const image = await openImage(join(directory, 'image.tar'), collectingIo(directory).io)
  try {
    return await compareWithStatusBeside(image)
  } finally {
    await image.close()
  }
}

it('reports a dpkg status beside the image that is from another build', async () => {
  const [finding, ...more] = await findingsWith(
    stanza('bash', '5.2-1') + stanza('sudo', '1.9-1'),
    stanza('bash', '5.2-2') + stanza('zsh', '5.9')
  )
  expect(more).toEqual([])
  expect(finding?.message).toContain('bash:amd64 is 5.2-1 in the image and 5.2-2 beside it')
  expect(finding?.message).toContain('sudo:amd64 is only in the image')
  expect(finding?.message).toContain('zsh:amd64 is only in the file')
})

it('says nothing when both tell the same, or when there is none', async () => {
  const status = stanza('bash', '5.2-1')
  expect(await findingsWith(status, `\n${status}`)).toEqual([])
  expect(await findingsWith(status, undefined)).toEqual([])
})
