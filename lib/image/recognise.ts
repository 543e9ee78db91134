/** What the first bytes of a file say it is. */
export type Form =
  | 'gpt'
  | 'mbr'
  | 'ext4'
  | 'tar'
  | 'gzip'
  | 'zstd'
  | 'xz'
  | 'dpkg-status'
  | 'manifest'
  | 'squashfs'
  | 'erofs'
  | 'cpio'
  | 'apt-index'

/** Bytes `recognise` wants to see. */
export const headSize = 8192

/** The forms `openImage` reads, for messages. */
export const readableForms =
  'a root file system as directory, tar, ext4, squashfs or erofs, a disk image (.wic), all of them also packed ' +
  '(.gz, .xz, .zst), an update package (.swu), a container image (OCI layout, docker save), ' +
  'a dpkg status file or an isar .manifest'

function hasBytes(head: Buffer, offset: number, bytes: readonly number[]): boolean {
  return head.length >= offset + bytes.length && bytes.every((byte, index) => head[offset + index] === byte)
}

function hasText(head: Buffer, offset: number, text: string): boolean {
  return head.toString('latin1', offset, offset + text.length) === text
}

/** POSIX ustar, 4.1: the checksum is the sum of the header with its own field as spaces. */
function isTar(head: Buffer): boolean {
  if (head.length < 512 || !hasText(head, 257, 'ustar')) return false
  let sum = 8 * 32
  for (let index = 0; index < 512; index += 1) {
    if (index < 148 || index >= 156) sum += head[index] ?? 0
  }
  return sum === Number.parseInt(head.toString('latin1', 148, 156), 8)
}

/** A boot sector with a partition table but no FAT or NTFS parameter block (jump instruction). */
function isMbr(head: Buffer): boolean {
  if (!hasBytes(head, 510, [0x55, 0xaa])) return false
  const isFat = hasText(head, 54, 'FAT') || hasText(head, 82, 'FAT32') || hasText(head, 3, 'NTFS')
  const states = [446, 462, 478, 494].map((offset) => head[offset])
  const types = [450, 466, 482, 498].map((offset) => head[offset])
  return !isFat && states.every((state) => state === 0 || state === 0x80) && types.some((type) => type !== 0)
}

/** The complete lines of a text; undefined for binary data. A cut multi-byte character at the end is no fault. */
function textLines(head: Buffer): string[] | undefined {
  if (head.length === 0 || head.includes(0)) return undefined
  const lines = head.toString('utf8').split('\n')
  if (head.length >= headSize) lines.pop()
  return lines
}

/** deb822 as dpkg writes it: the first stanza names a package. An apt index has Filename as well. */
function stanzaForm(lines: readonly string[]): Form | undefined {
  const start = lines.findIndex((line) => line.trim() !== '')
  if (start < 0) return undefined
  const rest = lines.slice(start)
  const end = rest.findIndex((line) => line.trim() === '')
  const stanza = end < 0 ? rest : rest.slice(0, end)
  if (!stanza.every((line) => /^(?:[A-Za-z0-9][A-Za-z0-9-]*:|[ \t#])/.test(line))) return undefined
  const has = (field: string) => stanza.some((line) => line.toLowerCase().startsWith(`${field}:`))
  if (!has('package')) return undefined
  return has('filename') && !has('status') ? 'apt-index' : 'dpkg-status'
}

/** isar's manifest: `source|version|binary:architecture|version` on every line. */
function isManifest(lines: readonly string[]): boolean {
  const used = lines.filter((line) => line.trim() !== '')
  return (
    used.length > 0 && used.every((line) => /^[^|\s]+\|[^|\s]+\|[^|\s:]+:[^|\s:]+\|[^|\s]+\s*$/.test(line))
  )
}

/**
 * Every form the first bytes match, the one we take first. More than one means somebody made the
 * file so, or left an old header in place: the caller says it.
 */
export function recognise(head: Buffer): readonly Form[] {
  const forms: Form[] = []
  if (hasText(head, 512, 'EFI PART')) forms.push('gpt')
  if (isTar(head)) forms.push('tar')
  if (hasBytes(head, 1080, [0x53, 0xef])) forms.push('ext4')
  if (hasBytes(head, 1024, [0xe2, 0xe1, 0xf5, 0xe0])) forms.push('erofs')
  if (hasText(head, 0, 'hsqs')) forms.push('squashfs')
  if (hasBytes(head, 0, [0x1f, 0x8b, 0x08])) forms.push('gzip')
  if (hasBytes(head, 0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])) forms.push('xz')
  if (hasBytes(head, 0, [0x28, 0xb5, 0x2f, 0xfd]) || hasBytes(head, 1, [0x2a, 0x4d, 0x18])) forms.push('zstd')
  if (hasText(head, 0, '070701') || hasText(head, 0, '070702')) forms.push('cpio')
  if (forms.length > 0) return forms
  if (isMbr(head)) return ['mbr']
  const lines = textLines(head)
  if (!lines) return []
  const stanza = stanzaForm(lines)
  if (stanza) return [stanza]
  return isManifest(lines) ? ['manifest'] : []
}
