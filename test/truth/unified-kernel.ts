/** Size of a PE32+ optional header with its sixteen directories. */
const optionalSize = 112 + 16 * 8
const headerAt = 0x40

/**
 * The least that is a unified kernel image to whoever reads it: a PE32+ file with a kernel and a command line.
 * @param signature what its certificate table holds; none without
 */
export function unifiedKernel(cmdline: string, signature?: Buffer): Buffer {
  const sections = [
    ['.linux', Buffer.from('kernel')],
    ['.cmdline', Buffer.from(cmdline)]
  ] as const
  const tableAt = headerAt + 24 + optionalSize
  const head = Buffer.alloc(tableAt + sections.length * 40)
  head.write('MZ')
  head.writeUInt32LE(headerAt, 0x3c)
  head.write('PE\0\0', headerAt)
  head.writeUInt16LE(0x8664, headerAt + 4)
  head.writeUInt16LE(sections.length, headerAt + 6)
  head.writeUInt16LE(optionalSize, headerAt + 20)
  head.writeUInt16LE(0x20b, headerAt + 24)
  let end = head.length
  for (const [index, [name, data]] of sections.entries()) {
    const row = tableAt + index * 40
    head.write(name, row)
    head.writeUInt32LE(data.length, row + 8)
    head.writeUInt32LE(data.length, row + 16)
    head.writeUInt32LE(end, row + 20)
    end += data.length
  }
  const content = sections.map(([, data]) => data)
  if (!signature) return Buffer.concat([head, ...content])
  const certificate = Buffer.alloc(8)
  certificate.writeUInt32LE(8 + signature.length, 0)
  certificate.writeUInt16LE(0x200, 4)
  certificate.writeUInt16LE(2, 6)
  head.writeUInt32LE(end, headerAt + 24 + 112 + 32)
  head.writeUInt32LE(8 + signature.length, headerAt + 24 + 112 + 36)
  return Buffer.concat([head, ...content, certificate, signature])
}
