import type { Image } from '../image/image.ts'

/** What an image says about its own making. */
export interface ImageRecord {
  fidelity: 'full' | 'base-only' | 'unknown'
  /** Made by `npm start`, with a throw-away key. */
  example: boolean
}

/** The record the embedded engine leaves in the image; `unknown` for everybody else's images. */
export async function readImageRecord(image: Image): Promise<ImageRecord> {
  const nothing: ImageRecord = { fidelity: 'unknown', example: false }
  try {
    const text = await image.readText('/usr/share/kas-harden/image.json', 1024 * 1024)
    const record: unknown = text === undefined ? undefined : JSON.parse(text)
    if (typeof record !== 'object' || record === null) return nothing
    const fidelity = 'fidelity' in record ? record.fidelity : undefined
    return {
      fidelity: fidelity === 'full' || fidelity === 'base-only' ? fidelity : 'unknown',
      example: 'example' in record && record.example === true
    }
  } catch {
    return nothing // damaged or not ours
  }
}
