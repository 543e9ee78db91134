import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import { writeWhole } from '../base/files.ts'

const blockSize = 4096
const chunk = 1024 * blockSize

interface Range {
  first: number
  last: number
  sha256: string
}

/**
 * Writes the block map of an image, format version 2.0 of bmaptool(1): which
 * blocks hold data, and their SHA-256, so that flashing skips what is empty.
 */
export async function writeBmap(image: string, output: string): Promise<void> {
  const size = (await stat(image)).size
  const blocks = Math.ceil(size / blockSize)
  const zeros = Buffer.alloc(blockSize)
  const ranges: Range[] = []
  let first = -1
  let hash = createHash('sha256')
  const finish = (last: number) => {
    if (first >= 0) ranges.push({ first, last, sha256: hash.digest('hex') })
    first = -1
    hash = createHash('sha256')
  }
  const file = await open(image, 'r')
  try {
    const buffer = Buffer.alloc(chunk)
    let block = 0
    while (block < blocks) {
      const { bytesRead } = await file.read(buffer, 0, chunk, block * blockSize)
      for (let at = 0; at < bytesRead; at += blockSize, block++) {
        const data = buffer.subarray(at, Math.min(at + blockSize, bytesRead))
        if (data.equals(data.length === blockSize ? zeros : zeros.subarray(0, data.length))) {
          finish(block - 1)
        } else {
          if (first < 0) first = block
          hash.update(data)
        }
      }
    }
    finish(blocks - 1)
  } finally {
    await file.close()
  }
  const mapped = ranges.reduce((sum, range) => sum + range.last - range.first + 1, 0)
  const render = (checksum: string) =>
    [
      '<?xml version="1.0" ?>',
      '<bmap version="2.0">',
      `    <ImageSize> ${size} </ImageSize>`,
      `    <BlockSize> ${blockSize} </BlockSize>`,
      `    <BlocksCount> ${blocks} </BlocksCount>`,
      `    <MappedBlocksCount> ${mapped} </MappedBlocksCount>`,
      '    <ChecksumType> sha256 </ChecksumType>',
      `    <BmapFileChecksum> ${checksum} </BmapFileChecksum>`,
      '    <BlockMap>',
      ...ranges.map(({ first: from, last, sha256 }) => {
        const span = from === last ? String(from) : `${from}-${last}`
        return `        <Range chksum="${sha256}"> ${span} </Range>`
      }),
      '    </BlockMap>',
      '</bmap>',
      ''
    ].join('\n')
  // The checksum of the file is taken while its own place holds zeros.
  const checksum = createHash('sha256')
    .update(render('0'.repeat(64)))
    .digest('hex')
  await writeWhole(output, render(checksum))
}
