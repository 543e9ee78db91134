import { HardenError } from '../base/errors.ts'
import type { Form } from './recognise.ts'
import { readableForms } from './recognise.ts'

/** What a file is that we know but don't read as an image, and what to do about it. */
const known: Partial<Record<Form, readonly [what: string, todo: string]>> = {
  cpio: [
    'a cpio archive that is no update package (an initrd?)',
    'Give the root file system or disk image inside it.'
  ],
  'apt-index': [
    'an index of an apt repository, not the database of an image',
    'Give its /var/lib/dpkg/status.'
  ]
}

/** The one error for a file that is no image we can open; `inside` names the compression around it. */
export function notRecognised(path: string, forms: readonly Form[], inside?: string): HardenError {
  const form = forms[0]
  const entry = form ? known[form] : undefined
  const packed = inside === undefined ? '' : `${inside}-compressed `
  if (entry) {
    return new HardenError(
      'usage',
      'IMAGE_NOT_RECOGNISED',
      `${path} is ${packed}${entry[0]}; we can't read that.`,
      {
        path,
        hint: entry[1]
      }
    )
  }
  const what =
    inside === undefined
      ? 'is not an image we know'
      : form === undefined
        ? `holds ${packed}data, but no image`
        : `holds a ${packed}${form} file; we don't read that compressed`
  return new HardenError('usage', 'IMAGE_NOT_RECOGNISED', `${path} ${what}.`, {
    path,
    hint: form === undefined ? `We read ${readableForms}.` : `Decompress it first, then give the result.`
  })
}
