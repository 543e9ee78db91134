import { byCodeUnit } from '../base/text.ts'
import type { DpkgPackage } from '../debian/package.ts'

/** isar's `.manifest` of the installed packages: `source|source version|package:architecture|version`, sorted. */
export function renderManifest(installed: readonly DpkgPackage[]): string {
  return installed
    .map(
      ({ name, version, architecture, source }) =>
        `${source.name}|${source.version}|${name}:${architecture}|${version}`
    )
    .sort(byCodeUnit)
    .map((line) => line + '\n')
    .join('')
}
