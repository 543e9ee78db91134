import { plainText } from '../lib/base/text.ts'
import type { LicenseReference } from '../lib/debian/copyright/reference.ts'
import { join, parseExpression, formatExpression } from '../lib/debian/copyright/expression.ts'
import type { PackageLicense } from '../lib/debian/copyright/to-spdx.ts'
import type { SpecVersion } from './options.ts'

/** License fields of a component, as CycloneDX JSON has them. */
export interface LicenseFields {
  licenses?: readonly object[]
  evidenceLicenses?: readonly object[]
  copyright?: string
}

const maxHolders = 4000

/**
 * `licenses` of a component: the declared expression; beside it the concluded one where the whole file was
 * understood. CycloneDX 1.6 allows one expression only, so there the concluded one stands in `evidence`.
 */
export function licenseFields(license: PackageLicense, spec: SpecVersion): LicenseFields {
  const declared = { expression: license.expression, acknowledgement: 'declared' }
  const concluded = { expression: license.expression, acknowledgement: 'concluded' }
  const copyright = copyrightText(license.holders)
  if (!license.understood) return { licenses: [declared], copyright }
  return spec === '1.7'
    ? { licenses: [declared, concluded], copyright }
    : { licenses: [declared], evidenceLicenses: [concluded], copyright }
}

/**
 * The licences of a source package: those of all its binaries' copyright files, and the texts of what SPDX does
 * not know. The texts stand here alone: each once per source instead of once per binary.
 */
export function sourceLicenseFields(binaries: readonly PackageLicense[], spec: SpecVersion): LicenseFields {
  const nodes = binaries.map((one) => parseExpression(one.expression)).filter((one) => one !== undefined)
  if (nodes.length === 0) return {}
  const expression = formatExpression(join('and', nodes))
  const references = new Map(binaries.flatMap((one) => one.references).map((one) => [one.id, one]))
  const texts = [...references.values()].filter((one) => one.text !== '')
  const declared = { expression, acknowledgement: 'declared' }
  if (texts.length === 0) return { licenses: [declared] }
  return spec === '1.7'
    ? { licenses: [{ expression, expressionDetails: texts.map(detail), acknowledgement: 'declared' }] }
    : { licenses: [declared], evidenceLicenses: texts.map(named) }
}

function detail({ id, text }: LicenseReference): object {
  return { licenseIdentifier: id, text: { contentType: 'text/plain', content: plainText(text) } }
}

function named({ id, text }: LicenseReference): object {
  return { license: { name: id, text: { contentType: 'text/plain', content: plainText(text) } } }
}

/** Holders as one text of at most four thousand characters, cut between lines. */
function copyrightText(holders: readonly string[]): string | undefined {
  const kept: string[] = []
  let length = 0
  for (const [index, line] of holders.entries()) {
    length += line.length + 1
    if (length > maxHolders) {
      kept.push(`and ${holders.length - index} more lines`)
      break
    }
    kept.push(line)
  }
  return kept.length === 0 ? undefined : kept.join('\n')
}
