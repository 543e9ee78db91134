/**
 * Short name of the recipe in a task id of bitbake: `isar-image-base` of
 * `mc:qemuamd64-bookworm:/x/isar-image-base_1.0.bb`. `virtual:native:` and the like become the suffix that
 * BBCLASSEXTEND gives to PN.
 */
export function recipeOfFile(file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1).replace(/\.bb$/, '')
  const underscore = name.indexOf('_')
  const short = underscore > 0 ? name.slice(0, underscore) : name
  const virtual = /^virtual:([a-z0-9-]+):/.exec(file)?.[1]
  return virtual === undefined ? short : `${short}-${virtual}`
}

/**
 * Short name of the recipe in bitbake's PF (`PN-PV-PR`): `isar-image-base` of `isar-image-base-1.0-r0`. A PV may
 * hold dashes (`6.1.102-cip26`), so it starts at the last part that begins with a digit.
 */
export function recipeOfPf(pf: string): string {
  const parts = pf.split('-')
  if (parts.length < 3 || !/^r\d/.test(parts.at(-1) ?? '')) return pf
  parts.pop()
  const version = parts.findLastIndex((part, at) => at > 0 && /^\d/.test(part))
  return parts.slice(0, version > 0 ? version : -1).join('-')
}
