import { digestOf } from '../../base/digest.ts'

/** A licence SPDX's list does not know. */
export interface LicenseReference {
  /** `LicenseRef-public-domain-1f3a…`: the name and a part of the text's digest, so that one id is one text. */
  id: string
  /** As the copyright file names it. */
  name: string
  /** The text, at most 256 Ki characters; empty when the file gives none. */
  text: string
}

const maxText = 256 * 1024

/** Makes a reference; `origin` tells apart licences of one name without text. */
export function licenseReference(name: string, text: string, origin: string): LicenseReference {
  const trimmed = text.trim()
  const slug = name
    .replace(/(?<=\d)\+(?=\s|-|$)/g, '-or-later')
    .replace(/[^A-Za-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60)
  const digest = digestOf(trimmed === '' ? `${origin}\0${name}` : trimmed.replace(/\s+/g, ' '), 'sha256')
  return {
    id: `LicenseRef-${slug === '' ? 'unnamed' : slug}-${digest.slice(0, 10)}`,
    name,
    text: trimmed.length > maxText ? `${trimmed.slice(0, maxText)}\n[cut here: the text goes on]` : trimmed
  }
}
