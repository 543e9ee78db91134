import { fixupSpdxId } from '@cyclonedx/cyclonedx-library/SPDX'
import { exceptionId, splitException } from './exceptions.ts'
import { join, license, type LicenseNode } from './expression.ts'
import { gnuByName, gnuGrants, gnuId } from './gnu.ts'
import { licenseByText } from './known-texts.ts'

/** Short names of DEP-5 and of Debian's practice that differ from SPDX's id; keys in lower case. */
const table: ReadonlyMap<string, string> = new Map([
  ['expat', 'MIT'],
  ['artistic', 'Artistic-1.0-Perl'],
  ['artistic-1', 'Artistic-1.0-Perl'],
  ['cc0', 'CC0-1.0'],
  ['bsd-2', 'BSD-2-Clause'],
  ['bsd-3', 'BSD-3-Clause'],
  ['bsd-4', 'BSD-4-Clause'],
  ['bsd2', 'BSD-2-Clause'],
  ['bsd3', 'BSD-3-Clause'],
  ['bsd4', 'BSD-4-Clause'],
  ['bsd-2-clause-netbsd', 'BSD-2-Clause'],
  ['apache license 2.0', 'Apache-2.0'],
  ['apache-2.0-license', 'Apache-2.0'],
  ['openldap-2.8', 'OLDAP-2.8'],
  ['w3c-software', 'W3C'],
  ['zope-2.1', 'ZPL-2.1'],
  ['psf-2', 'PSF-2.0'],
  ['mit-cmu', 'MIT-CMU'],
  ['public-domain-cc0', 'CC0-1.0']
])

/** Names several licences go by: DEP-5 warns of `MIT`, and SPDX ids of these names mean one of them only. */
const ambiguous =
  /^(?:the )?(?:mit|mit\/x11|x11\/mit|mit\/expat|x11|bsd|isc|bsd-style|mit-style|mit-like|expat-like)(?: licen[cs]e)?$/i

/**
 * What a DEP-5 short name says in SPDX's words, when that is certain; `text` is the licence's text as far
 * as the file has it ('' else). Names that several licences share count by their text alone.
 */
export function spdxOfName(name: string, text: string): LicenseNode | undefined {
  const trimmed = name.trim()
  const parts = splitException(trimmed)
  if (parts) {
    const base = plainName(parts.license, text)
    const exception = base && exceptionId(parts.exception, base, text)
    return base === undefined || exception === undefined ? undefined : license(base, exception)
  }
  if (/^perl$/i.test(trimmed)) {
    return join('or', [license('GPL-1.0-or-later'), license('Artistic-1.0-Perl')])
  }
  const id = plainName(trimmed, text)
  return id === undefined ? undefined : license(id)
}

function plainName(name: string, text: string): string | undefined {
  const gnu = gnuByName(name)
  if (gnu) return gnuId(gnu)
  if (/^(?:L|A)?GPL$/i.test(name)) return unversioned(name.toUpperCase(), text)
  const lower = name.toLowerCase()
  const known = table.get(lower)
  if (known !== undefined) return known
  if (ambiguous.test(name)) return licenseByText(text) ?? (lower === 'isc' ? 'ISC' : undefined)
  const plus = name.endsWith('+') ? '+' : ''
  const bare = name.slice(0, name.length - plus.length)
  const id = spdxId(bare) ?? (/-\d$/.test(bare) ? spdxId(`${bare}.0`) : undefined)
  return id === undefined ? undefined : id + plus
}

/** `GPL` alone names no version: the text must, and only one. */
function unversioned(family: string, text: string): string | undefined {
  const [grant, ...more] = gnuGrants(text)
  return grant?.family === family && more.length === 0 ? gnuId(grant) : undefined
}

/** SPDX id in its own spelling. The library's list holds exceptions and ids that swallowed one, too: not those. */
function spdxId(name: string): string | undefined {
  const id = fixupSpdxId(name)
  return id === undefined || /exception|syscall-note|^(?:GPL-CC|SHL)-|^L?GPL-\d\.\d$|\+$/i.test(id)
    ? undefined
    : id
}
