import { readFile } from 'node:fs/promises'
import type { Finding } from '../base/finding.ts'
import { parseStatus } from '../debian/status.ts'
import type { Image } from '../image/image.ts'

const imageEnding = /(?:\.wic|\.ext4|\.squashfs|\.tar(?:\.(?:gz|xz|zst))?)$/
const shown = 5

function installedIn(status: string): Map<string, string> {
  const installed = parseStatus(status).packages.filter((one) => one.installed)
  return new Map(installed.map((one) => [`${one.name}:${one.architecture}`, one.version]))
}

/**
 * isar deploys a `.dpkg_status` beside each image. What the image itself says
 * counts; a file beside it that says something else is from another build, and
 * whoever reads it is misled.
 */
export async function compareWithStatusBeside(image: Image): Promise<Finding[]> {
  if (!image.hasFiles || !imageEnding.test(image.path)) return []
  const path = image.path.replace(imageEnding, '.dpkg_status')
  const beside = await readFile(path, 'utf8').catch(() => undefined)
  const inside = await image.readText('/var/lib/dpkg/status', 64 * 1024 * 1024)
  if (beside === undefined || inside === undefined || beside === inside) return []
  const ours = installedIn(inside)
  const theirs = installedIn(beside)
  const differences: string[] = []
  for (const [name, version] of ours) {
    const other = theirs.get(name)
    if (other === undefined) differences.push(`${name} is only in the image`)
    else if (other !== version) differences.push(`${name} is ${version} in the image and ${other} beside it`)
  }
  for (const name of theirs.keys()) if (!ours.has(name)) differences.push(`${name} is only in the file`)
  if (differences.length === 0) return []
  const more = differences.length > shown ? ` and ${differences.length - shown} more` : ''
  return [
    {
      code: 'STATUS_BESIDE_DIFFERS',
      severity: 'warning',
      message: `The dpkg status beside the image is not that of the image: ${differences.slice(0, shown).join(', ')}${more}.`,
      path,
      hint: 'It is from another build. Only the image was looked at.'
    }
  ]
}
