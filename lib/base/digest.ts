import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/** Hex digest of a text or buffer. */
export function digestOf(data: string | Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return createHash(algorithm).update(data).digest('hex')
}

/** One buffer for a whole file: a stream's new one for every piece costs a third more, most of it page faults. */
const pieceSize = 4 << 20

/** Hex digest of a file, read piece by piece. */
export async function digestOfFile(path: string, algorithm: 'sha256' | 'sha512' = 'sha512'): Promise<string> {
  const hash = createHash(algorithm)
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const piece = Buffer.allocUnsafe(Math.min(pieceSize, Math.max(size, 4096)))
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, piece.length)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(piece.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
