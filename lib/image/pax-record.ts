const block = 512

/** `size` of a header (octal at 124), when it is plain digits. */
function sizeOf(header: Buffer): number | undefined {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(header.toString('latin1', 124, 136))?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 8)
}

/** The value of the last record `LENGTH KEYWORD=VALUE\n` with this keyword, POSIX pax, "Extended Header". */
function lastValue(records: Buffer, keyword: string): Buffer | undefined {
  let found: Buffer | undefined
  const mark = ` ${keyword}=`
  for (let at = 0; at < records.length;) {
    const [digits] = /^\d{1,10}(?= )/.exec(records.toString('latin1', at, at + 11)) ?? []
    const length = Number(digits ?? 0)
    if (digits === undefined || length <= digits.length + 1 || at + length > records.length) return undefined
    const start = at + digits.length
    if (records.toString('latin1', start, start + mark.length) === mark) {
      found = records.subarray(start + mark.length, at + length - 1)
    }
    at += length
  }
  return found
}

/**
 * The raw value of a PAX record in front of a tar member.
 * @param headers the blocks between the member before and the member's own header: long names, PAX headers
 */
export function paxRecord(headers: Buffer, keyword: string): Buffer | undefined {
  let found: Buffer | undefined
  for (let at = 0; at + block <= headers.length;) {
    const header = headers.subarray(at, at + block)
    const size = header.every((byte) => byte === 0) ? 0 : sizeOf(header)
    if (size === undefined || at + block + size > headers.length) return undefined
    // 'x' is the next member's own header; the last one counts, as in tar-stream.
    if (header[156] === 0x78) found = lastValue(headers.subarray(at + block, at + block + size), keyword)
    at += block + Math.ceil(size / block) * block
  }
  return found
}
