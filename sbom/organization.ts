import { HardenError } from '../lib/base/errors.ts'
import type { Organization } from './options.ts'

const email =
  /^[A-Za-z0-9_%+=-]+(?:\.[A-Za-z0-9_%+=-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/
const webAddress =
  /^https?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?(?:[/?](?:[A-Za-z0-9/?:@!$&'()*+,;=._~-]|%[0-9A-Fa-f]{2})*)?(?:#(?:[A-Za-z0-9/?:@!$&'()*+,;=._~-]|%[0-9A-Fa-f]{2})*)?$/

/** Whether a text is an http(s) address that every JSON-Schema validator takes for an IRI. */
export function isWebAddress(text: string): boolean {
  return text.length <= 2000 && webAddress.test(text) && URL.canParse(text)
}

/** Whether a text is an e-mail address that every JSON-Schema validator takes for one. */
export function isEmail(text: string): boolean {
  return text.length <= 254 && email.test(text)
}

/** `Name <mail>` of a Maintainer field, taken apart; a mail that is none stays in the name. */
export function parseMaintainer(text: string): Organization {
  const line = text.replace(/\s+/g, ' ').trim()
  const open = line.lastIndexOf('<')
  const mail = line.endsWith('>') && open >= 0 ? line.slice(open + 1, -1) : ''
  const name = line.slice(0, Math.max(open, 0)).trim()
  return isEmail(mail) ? { name: name === '' ? mail : name, email: mail } : { name: line }
}

/**
 * Checks what the user said about an organisation.
 * @throws HardenError `SBOM_ORGANIZATION` (usage) when url or e-mail are none.
 */
export function checkOrganization(what: 'manufacturer' | 'supplier', one: Organization | undefined): void {
  const wrong =
    one?.url !== undefined && !isWebAddress(one.url)
      ? `url '${one.url}' is no http or https address`
      : one?.email !== undefined && !isEmail(one.email)
        ? `email '${one.email}' is no e-mail address`
        : undefined
  if (wrong !== undefined) {
    throw new HardenError('usage', 'SBOM_ORGANIZATION', `The ${what}'s ${wrong}.`, {
      hint: 'Correct it in the options; a document with it would not be valid CycloneDX.'
    })
  }
}

/** @throws HardenError `SBOM_ARCHIVE_URL` (usage) when the archive's address is none. */
export function checkArchiveUrl(url: string | undefined): void {
  if (url === undefined || isWebAddress(url)) return
  throw new HardenError(
    'usage',
    'SBOM_ARCHIVE_URL',
    `The archive's address '${url}' is no http or https address.`,
    {
      hint: 'Give the address the directories dists and pool lie at.'
    }
  )
}
