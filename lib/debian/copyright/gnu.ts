/** A GNU licence with its version as far as a name or a text tells. */
export interface GnuLicense {
  family: 'GPL' | 'LGPL' | 'AGPL' | 'GFDL'
  /** `2.0`, `2.1` */
  version: string
  later: boolean
  /** GFDL "no invariant sections". */
  noInvariants: boolean
}

const versions: Readonly<Record<GnuLicense['family'], readonly string[]>> = {
  GPL: ['1.0', '2.0', '3.0'],
  LGPL: ['2.0', '2.1', '3.0'],
  AGPL: ['1.0', '3.0'],
  GFDL: ['1.1', '1.2', '1.3']
}

const namePattern =
  /^(GPL|LGPL|AGPL|GFDL)(-NIV)?[- ]?v?(\d(?:\.\d)?)(?:(\+)|-(only|or-later))?(-no-invariants?)?(?:-(only|or-later))?$/i

/** A short name of DEP-5 or SPDX, old or new: `GPL-2+`, `GPL-2.0-or-later`, `LGPLv2.1`, `GFDL-NIV-1.3+`. */
export function gnuByName(name: string): GnuLicense | undefined {
  const match = namePattern.exec(name)
  if (!match) return undefined
  const [, family = '', niv, number = '', plus, first, none, second] = match
  if (first !== undefined && second !== undefined) return undefined
  return known({
    family: family.toUpperCase() as GnuLicense['family'],
    version: number.includes('.') ? number : `${number}.0`,
    later: plus !== undefined || first === 'or-later' || second === 'or-later',
    noInvariants: niv !== undefined || none !== undefined
  })
}

/** The SPDX id. DEP-5's name without a plus means that version only. */
export function gnuId({ family, version, later, noInvariants }: GnuLicense): string {
  const variant = noInvariants && family === 'GFDL' ? '-no-invariants' : ''
  return `${family}-${version}${variant}-${later ? 'or-later' : 'only'}`
}

const names: readonly (readonly [GnuLicense['family'], string])[] = [
  ['LGPL', 'GNU (?:Lesser|Library) (?:General )?Public Licen[cs]e'],
  ['AGPL', 'GNU Affero General Public Licen[cs]e'],
  ['GFDL', 'GNU Free Documentation Licen[cs]e'],
  ['GPL', '(?:GNU )?General Public Licen[cs]e']
]
const publisher = '(?: \\((?:GNU )?(?:L|A)?GPL\\))?,? (?:as published by the Free Software Foundation[;,]? )?'
const number = '(?:either )?version (\\d(?:\\.\\d)?)(?: of the Licen[cs]e)?'
const orLater =
  '(,? ?\\(?(?:or,? ?\\(?at your option\\)?,?|or) ?\\(?(?:at your option\\)?,? )?any later version)?'
const grants = names.map(
  ([family, name]) => [family, new RegExp(`${name}${publisher}${number}${orLater}`, 'gi')] as const
)

/**
 * The licences a text grants in the words the Free Software Foundation recommends ("… General Public License
 * as published by …; either version 2 of the License, or (at your option) any later version"), each once.
 */
export function gnuGrants(text: string): readonly GnuLicense[] {
  let rest = flatten(text).replace(pointer, ' ')
  const found = new Map<string, GnuLicense>()
  for (const [family, pattern] of grants) {
    // What is read is taken out: 'Lesser General Public License' holds 'General Public License'.
    rest = rest.replace(pattern, (_, version: string, later: string | undefined) => {
      const one = known({
        family,
        version: version.includes('.') ? version : `${version}.0`,
        later: later !== undefined,
        noInvariants: false
      })
      if (one) found.set(gnuId(one), one)
      return ' '
    })
  }
  return [...found.values()]
}

/** "The complete text of the GNU General Public License, version 2, can be found in …" grants nothing. */
const pointer =
  /(?:complete|full|entire) text of .{1,150}? (?:can|may|could) be found (?:in|at|under) .{0,20}?\/usr\/share\/common-licenses\/\S+/gi

/** One line, without comment signs and runs of blanks. */
export function flatten(text: string): string {
  return text
    .replace(/^[ \t]*(?:\*+\/?|\/\*+|#+|\/\/+|;+|--+|\.)?[ \t]*/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

function known(one: GnuLicense): GnuLicense | undefined {
  return versions[one.family].includes(one.version) ? one : undefined
}
