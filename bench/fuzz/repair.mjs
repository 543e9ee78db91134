// Makes checksums right again after a change, so that the change gets past them.
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** Right sums in the headers of a tar: 512-byte blocks with the magic. */
export function withTarSums(data) {
  for (let start = 0; start + 512 <= data.length; start += 512) {
    if (data.toString('latin1', start + 257, start + 262) !== 'ustar') continue
    data.fill(0x20, start + 148, start + 156)
    const sum = data.subarray(start, start + 512).reduce((total, byte) => total + byte, 0)
    data.write(`${sum.toString(8).padStart(6, '0')}\0 `, start + 148, 'latin1')
  }
  return data
}

/** Right sums in the first GPT. */
export function withGptSums(data) {
  if (data.length < 17 * 1024) return data
  data.writeUInt32LE(crc32(data.subarray(1024, 1024 + 128 * 128)), 512 + 88)
  data.writeUInt32LE(0, 512 + 16)
  data.writeUInt32LE(crc32(data.subarray(512, 512 + 92)), 512 + 16)
  return data
}

/** Headers of a cpio that ask for no sum. */
export function withoutCpioSums(data) {
  for (let at = data.indexOf('070702'); at >= 0; at = data.indexOf('070702', at + 6)) data.write('070701', at)
  return data
}

/** The superblock's sum of an erofs away: the feature that says there is one. */
export function withoutErofsSum(data) {
  if (data.length >= 1152) data.writeUInt32LE((data.readUInt32LE(1032) & ~1) >>> 0, 1032)
  return data
}

const digestOf = (data) => createHash('sha256').update(data).digest('hex')

/** One member of a tar. */
function tarMember(name, data) {
  const header = Buffer.alloc(512)
  header.write(name)
  header.write(
    `0000644\0${'0000000\0'.repeat(2)}${data.length.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`,
    100
  )
  header.write('0', 156)
  header.write('ustar\x0000', 257, 'latin1')
  return Buffer.concat([withTarSums(header), data, Buffer.alloc((512 - (data.length % 512)) % 512)])
}

/**
 * A container image as one tar, of layers whose digests are right; `change` may alter each document before it is
 * digested, so that what is wrong in it is believed.
 */
export function containerImage(layers, change = (data) => data) {
  const blobs = []
  const blob = (data) => {
    const digest = digestOf(data)
    blobs.push([`blobs/sha256/${digest}`, data])
    return { digest: `sha256:${digest}`, size: data.length }
  }
  const json = (value) => change(Buffer.from(JSON.stringify(value)))
  const manifest = json({
    schemaVersion: 2,
    config: blob(Buffer.from('{}')),
    layers: layers.map((layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...blob(layer) }))
  })
  const platform = { architecture: 'amd64', os: 'linux' }
  const index = json({
    schemaVersion: 2,
    manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', ...blob(manifest), platform }]
  })
  const files = [
    ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
    ['index.json', index],
    ...blobs
  ]
  return Buffer.concat([...files.map(([name, data]) => tarMember(name, data)), Buffer.alloc(1024)])
}
