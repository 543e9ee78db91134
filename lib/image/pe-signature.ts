/**
 * The first PKCS#7 signature of an EFI program, DER (Windows Authenticode PE signature format, "Certificate table");
 * undefined when it carries none or is no PE file.
 */
export function readPeSignature(file: Buffer): Buffer | undefined {
  if (file.length < 0x40 || file.readUInt16LE(0) !== 0x5a4d) return undefined
  const header = file.readUInt32LE(0x3c)
  const optional = header + 24
  if (optional + 2 > file.length || file.readUInt32LE(header) !== 0x4550) return undefined
  // PE32+ and PE32 differ in the fields before the directories; the certificate table is the fifth.
  const directories = optional + (file.readUInt16LE(optional) === 0x20b ? 112 : 96)
  const entry = directories + 4 * 8
  if (entry + 8 > file.length) return undefined
  const start = file.readUInt32LE(entry)
  const size = file.readUInt32LE(entry + 4)
  if (start === 0 || size <= 8 || start + size > file.length) return undefined
  const length = file.readUInt32LE(start)
  const pkcs7 = 2
  if (length <= 8 || length > size || file.readUInt16LE(start + 6) !== pkcs7) return undefined
  return file.subarray(start + 8, start + length)
}
