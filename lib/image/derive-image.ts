import type { Image } from './image.ts'

/** An image seen as another: some fields replaced, findings put before its own, something to remove at the end. */
export function deriveImage(
  image: Image,
  changes: {
    fields?: Partial<Pick<Image, 'path' | 'format' | 'description' | 'sha512'>>
    findings?: Image['findings']
    remove?: () => Promise<void>
  }
): Image {
  return {
    ...image,
    ...changes.fields,
    get findings() {
      return [...(changes.findings ?? []), ...image.findings]
    },
    async close() {
      await image.close()
      await changes.remove?.()
    }
  }
}
