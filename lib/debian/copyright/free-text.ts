import { join, license, type LicenseNode } from './expression.ts'
import { flatten, gnuGrants, gnuId } from './gnu.ts'
import { licenseByText } from './known-texts.ts'

/** Licences of `/usr/share/common-licenses` that are no GNU ones. */
const common: ReadonlyMap<string, string> = new Map([
  ['Apache-2.0', 'Apache-2.0'],
  ['Artistic', 'Artistic-1.0-Perl'], // base-files' own copyright file names it so
  ['BSD', 'BSD-3-Clause'],
  ['CC0-1.0', 'CC0-1.0'],
  ['MPL-1.1', 'MPL-1.1'],
  ['MPL-2.0', 'MPL-2.0']
])

/** Words by which a file says that there is more than the one licence we found. */
const more =
  /exception|redistribut\w+ (?:and|in|of source)|permission (?:is|to)|public[- ]domain|\bBSD\b|\bMIT\b|\bX11\b|\bexpat\b|apache|artistic|mozilla|\bMPL|creative commons|\bCC0?-|documentation licen|zlib|openssl licen|dual|proprietary|non-?free|different licen|other licen|following licen|without (?:any )?restriction|as[- ]is["']? basis|all rights (?:are )?reserved\. permission/i

/**
 * The licence of a free-text copyright file, only where no reading but one is left:
 * the text of one well-known licence; Perl's pair in the words Perl modules use; one GNU licence with its version
 * granted in plain words; or one reference to `/usr/share/common-licenses`. Whatever hints at a second licence
 * makes it undefined.
 */
export function spdxOfFreeText(text: string): LicenseNode | undefined {
  const whole = licenseByText(text)
  if (whole !== undefined) return license(whole)
  const references = new Set(
    [...text.matchAll(/\/usr\/share\/common-licenses\/([A-Za-z0-9.+-]*[A-Za-z0-9])/g)].map(
      ([, name = '']) => name
    )
  )
  const flat = flatten(text)
  return ofPerl(flat, references) ?? ofGnu(text, flat, references) ?? ofReference(flat, references)
}

/** "under the terms of either: a) the GNU GPL …; either version 1, or any later version, or b) the Artistic License". */
function ofPerl(flat: string, references: ReadonlySet<string>): LicenseNode | undefined {
  const pair =
    /under the terms of either:? (?:a\) )?the GNU General Public Licen[cs]e as published by the Free Software Foundation; either version 1, or \(at your option\) any later version,? or,? (?:b\) )?the ["'`“]*Artistic Licen[cs]e["'’”]*/i
  const match = pair.exec(flat)
  if (!match || ![...references].every((one) => /^(?:GPL(?:-1)?|Artistic)$/.test(one))) return undefined
  const rest = flat.slice(0, match.index) + flat.slice(match.index + match[0].length)
  const other = more.test(
    rest.replace(/\/usr\/share\/common-licenses\/\S+|the Artistic Licen[cs]e|Artistic Licen[cs]e/gi, '')
  )
  return other ? undefined : join('or', [license('GPL-1.0-or-later'), license('Artistic-1.0-Perl')])
}

function ofGnu(text: string, flat: string, references: ReadonlySet<string>): LicenseNode | undefined {
  if (more.test(flat)) return undefined
  const [grant, ...others] = [...gnuGrants(text), ...shortGrants(flat)].filter(
    (one, index, all) => all.findIndex((other) => gnuId(other) === gnuId(one)) === index
  )
  if (!grant || others.length > 0) return undefined
  const major = grant.version.replace(/\.0$/, '')
  const file = new RegExp(`^${grant.family}(?:-${major.replace('.', '\\.')})?$`)
  if (![...references].every((one) => file.test(one))) return undefined
  // The other family is named nowhere: 'GPL' may not occur in a file about the LGPL, nor the reverse.
  const names = flat.replace(/\/usr\/share\/common-licenses\/\S+/g, ' ')
  const lesser = /\bLGPL|(?:lesser|library) general public/i.test(names)
  const plain = /\bGPL|(?<!lesser |library |affero )general public/i.test(names)
  const affero = /\bAGPL|affero/i.test(names)
  const alone = {
    GPL: plain && !lesser && !affero,
    LGPL: lesser && !plain && !affero,
    AGPL: affero && !plain && !lesser,
    GFDL: false
  }
  return alone[grant.family] ? license(gnuId(grant)) : undefined
}

/** "GPL v2 or any later version": the short form initramfs-tools and others use. */
function shortGrants(flat: string) {
  return [
    ...flat.matchAll(
      /\b(L?GPL)[ ,-]?(?:v|version )(\d(?:\.\d)?),? or \(?(?:at your option\)? )?(?:any )?later(?: version)?/gi
    )
  ].map(([, family = '', version = '']) => ({
    family: family.toUpperCase() as 'GPL' | 'LGPL',
    version: version.includes('.') ? version : `${version}.0`,
    later: true,
    noInvariants: false
  }))
}

function ofReference(flat: string, references: ReadonlySet<string>): LicenseNode | undefined {
  const [name, ...others] = references
  const id = name === undefined || others.length > 0 ? undefined : common.get(name)
  if (name === undefined || id === undefined) return undefined
  const word = name.split('-')[0] ?? ''
  const aside = flat
    .replaceAll(new RegExp(`\\b${word}\\b`, 'gi'), ' ')
    .replaceAll(/mozilla public licen[cs]e|\bMPL\b|creative commons/gi, ' ')
  return more.test(aside) || /general public/i.test(flat) ? undefined : license(id)
}
