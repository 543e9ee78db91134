import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeBmap } from '../../lib/build/bmap.ts'
import { temporaryDirectory } from '../temporary.ts'

const block = 4096

/** Writes an image of 4 KiB blocks: 0 is a hole, other numbers are data; `tail` bytes make the last block short. */
function writeImage(path: string, blocks: readonly number[], tail: number): void {
  const data = Buffer.concat(blocks.map((value) => Buffer.alloc(block, value)))
  writeFileSync(path, Buffer.concat([data, Buffer.alloc(tail, 7)]))
}

test(
  'bmaptool copies by our map, checks every sum and gets the image back',
  { timeout: 60_000 },
  async () => {
    const directory = temporaryDirectory()
    const image = join(directory, 'disk image.wic')
    const map = join(directory, 'map.bmap')
    const copy = join(directory, 'copy')
    const shape = fc.tuple(
      fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 1, maxLength: 40 }),
      fc.constantFrom(0, 0, 1, 4095)
    )
    await fc.assert(
      fc.asyncProperty(shape, async ([blocks, tail]) => {
        writeImage(image, blocks, tail)
        await writeBmap(image, map)
        writeFileSync(copy, '')
        execFileSync('bmaptool', ['copy', '--bmap', map, image, copy], { stdio: 'pipe' })
        expect(readFileSync(copy).equals(readFileSync(image))).toBe(true)
        const mapped = /<MappedBlocksCount> (\d+) /.exec(readFileSync(map, 'utf8'))?.[1]
        expect(Number(mapped), 'only blocks with data').toBe(
          blocks.filter(Boolean).length + (tail > 0 ? 1 : 0)
        )
      }),
      { numRuns: 12, examples: [[[[0, 0, 0], 0]], [[[1], 0]], [[[0, 1, 0, 2], 1]]] }
    )
  }
)

test('a changed byte in image or map is found by bmaptool', async () => {
  const directory = temporaryDirectory()
  const image = join(directory, 'image')
  const map = join(directory, 'map')
  writeImage(image, [1, 0, 2], 0)
  await writeBmap(image, map)
  const copy = () => {
    execFileSync('bmaptool', ['copy', '--bmap', map, image, join(directory, 'copy')], { stdio: 'pipe' })
  }
  copy()
  const good = readFileSync(map, 'utf8')
  writeFileSync(map, good.replace('> 0 <', '> 0-0 <'))
  expect(copy).toThrow(/[Cc]hecksum/)
  writeFileSync(map, good)
  writeImage(image, [1, 0, 3], 0)
  expect(copy).toThrow(/[Cc]hecksum/)
})
