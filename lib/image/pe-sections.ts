/** One section of a PE file. */
export interface PeSection {
  name: string
  data: Buffer
}

/** The Windows loader's own limit, and more than any stub has. */
const maximumSections = 96

/**
 * The sections of a PE/COFF file (Microsoft PE format specification, 3 and 4), in file order;
 * undefined when it is none or breaks off. Data are cut to the virtual size, padding is no content.
 */
export function readPeSections(file: Buffer): readonly PeSection[] | undefined {
  if (file.length < 0x40 || file.readUInt16LE(0) !== 0x5a4d) return undefined
  const header = file.readUInt32LE(0x3c)
  if (header + 24 > file.length || file.readUInt32LE(header) !== 0x4550) return undefined
  const count = file.readUInt16LE(header + 6)
  const table = header + 24 + file.readUInt16LE(header + 20)
  if (count > maximumSections || table + count * 40 > file.length) return undefined
  const sections: PeSection[] = []
  for (let row = table; row < table + count * 40; row += 40) {
    const name = file.toString('latin1', row, row + 8).replace(/\0.*$/s, '')
    const virtualSize = file.readUInt32LE(row + 8)
    const rawSize = file.readUInt32LE(row + 16)
    const start = file.readUInt32LE(row + 20)
    const size = virtualSize === 0 ? rawSize : Math.min(virtualSize, rawSize)
    if (size > 0 && start + size > file.length) return undefined
    sections.push({ name, data: size === 0 ? Buffer.alloc(0) : file.subarray(start, start + size) })
  }
  return sections
}
