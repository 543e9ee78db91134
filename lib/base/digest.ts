import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/** Hex digest of a text or buffer. */
export function digestOf(data: string | Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return createHash(algorithm).update(data).digest('hex')
}

/** Hex digest of a file, read as a stream. */
export async function digestOfFile(path: string, algorithm: 'sha256' | 'sha512' = 'sha512'): Promise<string> {
  const hash = createHash(algorithm)
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}
