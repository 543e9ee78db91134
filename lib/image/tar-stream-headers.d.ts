/** What tar-stream 3 reads headers with; its types leave this module out. */
declare module 'tar-stream/headers.js' {
  import type { Headers } from 'tar-stream'

  /** The fields of a header block; null for one of nothing but zeros. Throws for a wrong checksum or magic. */
  export function decode(block: Buffer, encoding: 'utf-8', allowUnknownFormat: boolean): DecodedHeader | null
  /** The name in a GNU long-name member. */
  export function decodeLongPath(content: Buffer, encoding: 'utf-8'): string
  /** The records of a PAX header. */
  export function decodePax(content: Buffer): Record<string, string>

  /** Of a long name or a PAX header the type is one `Headers` does not know. */
  export type DecodedHeader = Omit<Headers, 'type'> & { type: string | null }
}
