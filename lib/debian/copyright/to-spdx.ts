import { join, license, formatExpression, type LicenseNode } from './expression.ts'
import { readMachineReadable, type LicenseField, type MachineReadable } from './file.ts'
import { spdxOfFreeText } from './free-text.ts'
import { holdersOf, holdersOfText } from './holders.ts'
import { spdxOfName } from './names.ts'
import { licenseReference, type LicenseReference } from './reference.ts'
import { parseSynopsis, type Synopsis } from './synopsis.ts'

/** What a copyright file says, in SPDX's words. */
export interface PackageLicense {
  /** One SPDX expression. */
  expression: string
  /** The `LicenseRef-…` in it, sorted as they occur. */
  references: readonly LicenseReference[]
  form: 'dep5' | 'free-text'
  /** False when the whole file had to become one reference: its text was not understood. */
  understood: boolean
  /** Copyright lines, bounded. */
  holders: readonly string[]
}

/**
 * The licence of a Debian copyright file as one SPDX expression: every paragraph about files joined by AND,
 * each with the AND, OR and WITH of its author. A name SPDX does not know, and an exception it does not
 * know together with its licence, becomes `LicenseRef-…` with its text; a free text that leaves a doubt
 * becomes one reference as a whole. `origin`, the source package, names what has no name of its own.
 * Never empty, never a guess.
 * @throws HardenError `DEB822_TOO_LARGE` (usage) for a file of absurd size.
 */
export function licenseOfCopyright(text: string, origin: string): PackageLicense {
  const file = readMachineReadable(text)
  if (file) return ofMachineReadable(file, text, origin)
  const node = spdxOfFreeText(text)
  const holders = holdersOfText(text)
  if (node)
    return {
      expression: formatExpression(node),
      references: [],
      form: 'free-text',
      understood: true,
      holders
    }
  const reference = licenseReference(`${origin}-copyright`, text, origin)
  return { expression: reference.id, references: [reference], form: 'free-text', understood: false, holders }
}

function ofMachineReadable(file: MachineReadable, whole: string, origin: string): PackageLicense {
  const references = new Map<string, LicenseReference>()
  const refer = (name: string, text: string): LicenseNode => {
    const reference = licenseReference(name, text, origin)
    references.set(reference.id, reference)
    return license(reference.id)
  }
  const fields = file.files.map((one) => one.license)
  if (fields.length === 0 && file.header) fields.push(file.header)
  const seen = new Map<string, LicenseNode>()
  for (const field of fields) {
    const key = `${field.synopsis}\0${field.text}`
    if (!seen.has(key))
      seen.set(
        key,
        ofField(field, file, refer, () => refer(`${origin}-copyright`, whole))
      )
  }
  return {
    expression: formatExpression(join('and', [...seen.values()])),
    references: [...references.values()],
    form: 'dep5',
    understood: true,
    holders: holdersOf(file)
  }
}

type Refer = (name: string, text: string) => LicenseNode

function ofField(
  field: LicenseField,
  file: MachineReadable,
  refer: Refer,
  referWhole: () => LicenseNode
): LicenseNode {
  const { synopsis, text } = field
  if (synopsis === '') return text === '' ? referWhole() : refer('unnamed', text)
  const tree = parseSynopsis(synopsis)
  const textOf = (name: string): string => {
    const own = tree?.kind === 'name' || name === synopsis ? text : ''
    if (own !== '') return own
    const alone = file.texts.get(name.toLowerCase())
    if (alone !== undefined && alone !== '') return alone
    return text === '' ? (file.texts.get(synopsis.toLowerCase()) ?? '') : text
  }
  const known = tree && ofTree(tree, textOf, refer)
  return known ?? refer(synopsis, textOf(synopsis))
}

function ofTree(tree: Synopsis, textOf: (name: string) => string, refer: Refer): LicenseNode {
  if (tree.kind !== 'name') {
    return join(
      tree.kind,
      tree.parts.map((part) => ofTree(part, textOf, refer))
    )
  }
  const text = textOf(tree.name)
  return spdxOfName(tree.name, text) ?? refer(tree.name, text)
}
