import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { releaseFromDistro } from '../debian/releases.ts'

/**
 * The Debian codename that a distro's own `conf/distro/<distro>.conf` names, looked for in the given layer
 * directories: its BASE_DISTRO_CODENAME, or that of the distro it requires. Undefined when none is at hand.
 */
export function codenameFromLayers(distro: string, layers: readonly string[], depth = 0): string | undefined {
  if (depth > 5 || !/^[\w.-]+$/.test(distro)) return undefined
  const file = layers
    .map((layer) => join(layer, 'conf', 'distro', `${distro}.conf`))
    .find((path) => existsSync(path))
  if (file === undefined) return undefined
  const text = readFileSync(file, 'utf8')
  const named = [...text.matchAll(/^BASE_DISTRO_CODENAME\s*\??=\s*["']([a-z]+)["']/gm)].at(-1)?.[1]
  if (named !== undefined) return named
  for (const [, required] of text.matchAll(/^(?:require|include)\s+conf\/distro\/([\w.-]+)\.conf\s*$/gm)) {
    const found =
      releaseFromDistro(required ?? '')?.codename ?? codenameFromLayers(required ?? '', layers, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}
