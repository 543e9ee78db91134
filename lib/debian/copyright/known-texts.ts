import { flatten } from './gnu.ts'

const holder = '[^.;]{1,300}?'
const warranty = '.{0,200}(?:AS IS|as is).{300,1400}'
const conditions =
  'Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met: '
const mark = '(?:[(]?[0-9a-c*.o-]{1,2}[).]? ?)?'
const source = `${mark}Redistributions of source code must retain the (?:above )?copyright notice, this list of conditions,? and the following disclaimer[.;]? ?`
const binary = `${mark}Redistributions in binary form must reproduce the (?:above )?copyright notice, this list of conditions,? and the following disclaimer in the documentation and/or other materials provided with the distribution[.;]? ?(?:and )?`
const endorse = `${mark}(?:Neither the names? of ${holder} nor the names of (?:its|their|the|other|any) ?${holder}may be used|The names? of ${holder} may not be used) to endorse or promote products derived from this software without (?:specific )?prior written permission[.]? ?`
const disclaimer = `(?:THIS|This) SOFTWARE IS PROVIDED${warranty}(?:POSSIBILITY|possibility) OF SUCH DAMAGE[.]?`

const mit =
  /Permission is hereby granted, free of charge, to any person obtaining a copy of this software and(?:\/or)? associated documentation files \(the ["'`“]+Software["'’”]+\), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and\/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice and this permission notice (?:\(including the next paragraph\) )?shall be included in all copies or substantial portions of the Software\. THE SOFTWARE IS PROVIDED ["'`“]+AS IS["'’”]+, WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NON-?INFRINGEMENT\. IN NO EVENT SHALL .{1,300}? BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE/
    .source

/** Whole texts, with the places where a holder's name stands; nothing may come after them. */
const texts: readonly (readonly [id: string, pattern: RegExp])[] = [
  ['MIT', new RegExp(`${mit}\\.?$`, 'i')],
  [
    'X11',
    new RegExp(
      `${mit}\\. Except as contained in this notice, the name of the X Consortium shall not be used in advertising or otherwise to promote the sale, use or other dealings in this Software without prior written authorization from the X Consortium\\.?(?: X Window System is a trademark of X Consortium,? Inc\\.?)?$`,
      'i'
    )
  ],
  [
    'ISC',
    /Permission to use, copy, modify, and(?:\/or)? distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies\. THE SOFTWARE IS PROVIDED ["'`“]+AS IS["'’”]+ AND .{1,200}? DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS\. IN NO EVENT SHALL .{1,200}? BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF (?:MIND, )?USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE\.?$/i
  ],
  ['BSD-3-Clause', new RegExp(`${conditions}${source}${binary}${endorse}${disclaimer}$`, 'i')],
  ['BSD-2-Clause', new RegExp(`${conditions}${source}${binary}${disclaimer}$`, 'i')]
]

const maxLength = 8000

/**
 * SPDX id of a licence text that is one of the few everybody uses, word for word; undefined for any other.
 * Before it only copyright lines may stand, which the pattern's start passes over.
 */
export function licenseByText(text: string): string | undefined {
  if (text.length > maxLength) return undefined
  const flat = flatten(text)
  for (const [id, pattern] of texts) {
    const match = pattern.exec(flat)
    if (match && isCopyright(flat.slice(0, match.index))) return id
  }
  return undefined
}

/** Whether what stands before a licence sets no terms: copyright lines or the licence's title. */
function isCopyright(before: string): boolean {
  return before.length < 1000 && !/permi|licen[cs]ed|provided|condition|must|only|except/i.test(before)
}
