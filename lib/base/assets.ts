import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The root of the installed package (where package.json, recipes/ and
 * kas-overlays/ lie), found from here whether we run from `lib/` or `dist/lib/`.
 */
export function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(directory, 'recipes')) || !existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory)
    if (parent === directory) throw new Error('kas-harden is installed without its recipes/ folder')
    directory = parent
  }
  return directory
}
