import { fieldOf, readStanzas, type Stanza } from '../deb822.ts'

/** A License field: the line behind the colon and the text below it. */
export interface LicenseField {
  synopsis: string
  text: string
}

/** A paragraph about files. */
interface FilesParagraph {
  copyright: string
  license: LicenseField
}

/** A machine-readable copyright file (DEP-5). */
export interface MachineReadable {
  /** License field of the header: about the package as a whole; it may stand for what no paragraph says. */
  header: LicenseField | undefined
  headerCopyright: string
  files: readonly FilesParagraph[]
  /** Stand-alone License paragraphs by name in lower case; of two with one name the first, as in deb822. */
  texts: ReadonlyMap<string, string>
}

const limits = { text: 16 * 2 ** 20, stanzas: 20_000, stanza: 2 * 2 ** 20 }

/**
 * Reads a machine-readable copyright file (DEP-5, copyright-format 1.0); undefined when the file is free text:
 * without a Format field at the start, or with nothing but that.
 * @throws HardenError `DEB822_TOO_LARGE` (usage).
 */
export function readMachineReadable(text: string): MachineReadable | undefined {
  if (
    !/^(?:\uFEFF|[ \t]*\n|#[^\n]*\n)*(?:[A-Za-z-]+:[^\n]*\n|[ \t][^\n]*\n)*Format(?:-Specification)?[ \t]*:/i.test(
      text.slice(0, 4096)
    )
  ) {
    return undefined
  }
  const [first, ...others] = readStanzas(text, { limits })
  if (!first || (!first.fields.has('format') && !first.fields.has('format-specification'))) return undefined
  const files: FilesParagraph[] = []
  const texts = new Map<string, string>()
  for (const stanza of others) {
    const license = licenseOf(stanza)
    if (stanza.fields.has('files') || stanza.fields.has('copyright')) {
      files.push({ copyright: unfold(fieldOf(stanza, 'Copyright')), license: license ?? nothing })
    } else if (license) {
      const name = license.synopsis.toLowerCase()
      if (!texts.has(name)) texts.set(name, license.text)
    }
  }
  // The header of an old or careless file may carry the only paragraph about files.
  if (first.fields.has('files')) {
    files.unshift({ copyright: unfold(fieldOf(first, 'Copyright')), license: licenseOf(first) ?? nothing })
  }
  const header = licenseOf(first)
  if (files.length === 0 && header === undefined) return undefined
  return { header, headerCopyright: unfold(fieldOf(first, 'Copyright')), files, texts }
}

const nothing: LicenseField = { synopsis: '', text: '' }

function licenseOf(stanza: Stanza): LicenseField | undefined {
  const value = fieldOf(stanza, 'License')
  if (value === undefined) return undefined
  const [synopsis = '', ...lines] = value.split('\n')
  return { synopsis: synopsis.replace(/\s+/g, ' ').trim(), text: unfold(lines.join('\n')) }
}

/** A line of nothing but a dot is an empty one (Policy 5.6.13). */
function unfold(text: string | undefined): string {
  return (text ?? '').replace(/^[ \t]*\.[ \t]*$/gm, '').trim()
}
