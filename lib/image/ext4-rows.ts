/** One row of `ls -p`: a name in a directory and the inode behind it. */
export interface DirectoryRow {
  inode: number
  /** All 16 bits of i_mode, type included. */
  mode: number
  uid: number
  gid: number
  name: string
  size: number
}

/** The rows of one directory that can be trusted, and how many could not. */
export interface DirectoryRows {
  rows: readonly DirectoryRow[]
  rejected: number
}

/** `/inode/mode/uid/gid/name/size/`: exactly seven fields between and after the slashes. */
function parsePlain(line: string): DirectoryRow | undefined {
  const fields = line.split('/')
  if (fields.length !== 8 || fields[0] !== '' || fields[7] !== '') return undefined
  const [, inode = '', mode = '', uid = '', gid = '', name = '', size = ''] = fields
  if (![inode, uid, gid].every((field) => /^\d{1,10}$/.test(field))) return undefined
  if (!/^[0-7]{6}$/.test(mode) || !/^\d{0,19}$/.test(size)) return undefined
  return {
    inode: Number(inode),
    mode: Number.parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    name,
    size: Number(size)
  }
}

/** `inode mode (type) uid gid size date time name` of `ls -l`; newer debugfs escapes odd characters of the name. */
function parseLong(line: string): Omit<DirectoryRow, 'size'> | undefined {
  // An unused slot of the directory; it has no date.
  if (/^ +0 +0 \(0\) +0 +0 +0 *$/.test(line)) return { inode: 0, mode: 0, uid: 0, gid: 0, name: '' }
  const match =
    /^[< ] *(\d+)[> ] +([0-7]+) \(\d+\) +(\d+) +(\d+) +\d+ +\d+-[A-Z][a-z]{2}-\d+ \d\d:\d\d (.*)$/.exec(line)
  if (!match) return undefined
  const [, inode, mode, uid, gid, name = ''] = match
  return {
    inode: Number(inode),
    mode: Number.parseInt(mode ?? '', 8),
    uid: Number(uid),
    gid: Number(gid),
    name
  }
}

function linesOf(output: Buffer): string[] {
  const lines = output.toString('utf8').split('\n')
  while (lines.at(-1) === '') lines.pop()
  return lines
}

/**
 * Reads one directory from `ls -p` and `ls -l` together. A name with a line break can pretend to be
 * further rows in either listing, but never in both: a row of the first begins with a slash, one of the
 * second with a number. Where the two differ, only rows that stand in both with the same name count;
 * where the second itself is broken (a debugfs that does not escape names), none does.
 */
export function readDirectoryRows(plain: Buffer, long: Buffer): DirectoryRows {
  const plainLines = linesOf(plain)
  const longLines = linesOf(long)
  const rows = plainLines.map(parsePlain).filter((row) => row !== undefined)
  const witnesses = longLines.map(parseLong)
  const same = (row: DirectoryRow, witness: (typeof witnesses)[number]) =>
    row.inode === witness?.inode &&
    row.mode === witness.mode &&
    row.uid === witness.uid &&
    row.gid === witness.gid
  const agree =
    rows.length === plainLines.length &&
    rows.length === longLines.length &&
    rows.every((row, index) => same(row, witnesses[index]))
  if (agree) return { rows: rows.filter((row) => row.inode !== 0), rejected: 0 }

  if (witnesses.includes(undefined)) return { rows: [], rejected: longLines.length }
  const byName = new Map(witnesses.map((witness) => [witness?.name, witness]))
  const sound = rows.filter((row) => row.inode !== 0 && same(row, byName.get(row.name)))
  const real = witnesses.filter((witness) => witness?.inode !== 0).length
  return { rows: sound, rejected: Math.max(1, real - sound.length) }
}
