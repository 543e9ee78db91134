import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatExpression, leavesOf, parseExpression } from '../../../lib/debian/copyright/expression.ts'
import { licenseOfCopyright } from '../../../lib/debian/copyright/to-spdx.ts'

const format = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n'

/** A machine-readable file with one paragraph per licence field; `rest` are stand-alone paragraphs. */
function dep5(licenses: readonly string[], rest = ''): string {
  const paragraphs = licenses.map(
    (one, index) => `Files: f${index}/*\nCopyright: 2020, A. N. Author\nLicense: ${one}\n\n`
  )
  return format + paragraphs.join('') + rest
}

const expressionOf = (...licenses: string[]): string => licenseOfCopyright(dep5(licenses), 'src').expression

test.each([
  ['GPL-2', 'GPL-2.0-only'],
  ['GPL-2+', 'GPL-2.0-or-later'],
  ['GPL-2.0+', 'GPL-2.0-or-later'],
  ['GPLv3', 'GPL-3.0-only'],
  ['LGPL-2', 'LGPL-2.0-only'],
  ['LGPL-2.1+', 'LGPL-2.1-or-later'],
  ['GFDL-NIV-1.3+', 'GFDL-1.3-no-invariants-or-later'],
  ['GFDL-1.3+-no-invariant', 'GFDL-1.3-no-invariants-or-later'],
  ['Expat', 'MIT'],
  ['BSD-3-clause', 'BSD-3-Clause'],
  ['BSD-3', 'BSD-3-Clause'],
  ['Apache-2', 'Apache-2.0'],
  ['Artistic', 'Artistic-1.0-Perl'],
  ['Artistic-2', 'Artistic-2.0'],
  ['Perl', 'GPL-1.0-or-later OR Artistic-1.0-Perl'],
  ['MPL-1.1+', 'MPL-1.1+'],
  ['CC0', 'CC0-1.0'],
  ['OpenLDAP-2.8', 'OLDAP-2.8'],
  ['ZLIB', 'Zlib'],
  ['Apache-2.0 with LLVM exception', 'Apache-2.0 WITH LLVM-exception'],
  ['GPL-2+ with Libtool exception', 'GPL-2.0-or-later WITH Libtool-exception'],
  ['GPL-2+-libtool-exception', 'GPL-2.0-or-later WITH Libtool-exception'],
  ['GPL-3+-WITH-BISON-EXCEPTION', 'GPL-3.0-or-later WITH Bison-exception-2.2'],
  ['GPL-2 with Linux-syscall-note exception', 'GPL-2.0-only WITH Linux-syscall-note'],
  ['GPL-2+ with Classpath-exception-2.0', 'GPL-2.0-or-later WITH Classpath-exception-2.0'],
  ['GPL-1+ or Artistic', 'GPL-1.0-or-later OR Artistic-1.0-Perl'],
  ['GPL-2+ or BSD-2-clause and ISC', 'GPL-2.0-or-later OR (BSD-2-Clause AND ISC)'],
  ['GPL-1+ or Artistic, and BSD-3-clause', '(GPL-1.0-or-later OR Artistic-1.0-Perl) AND BSD-3-Clause']
])('%s is %s', (name, expected) => {
  expect(expressionOf(name)).toBe(expected)
})

test.each([
  'public-domain',
  'GPL',
  'BSD',
  'MIT',
  'other',
  'GPL-7',
  'GPL-2+ with OpenSSL exception',
  'GPL-2+ with Autoconf exception',
  'BSD-3-clause and/or GPL-3+',
  'GPL-2, MIT',
  'GPL-2 or',
  'Autoconf-exception-2.0'
])('%s alone is no certain licence: it becomes a reference, whole', (name) => {
  const { expression, references } = licenseOfCopyright(
    dep5([name], `License: ${name}\n Do as you like.\n`),
    'src'
  )
  expect(references).toMatchObject([{ id: expression, name, text: 'Do as you like.' }])
  expect(expression).toMatch(/^LicenseRef-[A-Za-z0-9.-]+-[0-9a-f]{10}$/)
})

test('all paragraphs are joined by AND, each one once, with the alternatives of its author', () => {
  expect(expressionOf('GPL-2+ or Artistic', 'Expat', 'GPL-2+ or Artistic', 'ISC and Expat')).toBe(
    '(GPL-2.0-or-later OR Artistic-1.0-Perl) AND MIT AND ISC'
  )
})

test('one unknown paragraph drops nothing: the others keep their licences', () => {
  const { expression, references } = licenseOfCopyright(
    dep5(['Expat', 'foo or GPL-2', 'ISC'], 'License: foo\n Foo.\n'),
    'src'
  )
  expect(expression).toBe(`MIT AND (${references[0]!.id} OR GPL-2.0-only) AND ISC`)
  expect(references.map((one) => [one.name, one.text])).toEqual([['foo', 'Foo.']])
})

test('a name with two texts is two licences, a text with one name in two packages is one', () => {
  const two = licenseOfCopyright(dep5(['custom\n One.', 'custom\n Two.']), 'src')
  expect(two.references.map((one) => one.text)).toEqual(['One.', 'Two.'])
  const again = licenseOfCopyright(dep5(['custom\n One.']), 'another')
  expect(again.references[0]).toEqual(two.references[0])
})

test('the text decides where a name is shared by several licences', () => {
  const text = (name: string, body: string): string =>
    licenseOfCopyright(dep5([`${name}\n ${body.replaceAll('\n', '\n ')}`]), 's').expression
  expect(text('MIT', mit)).toBe('MIT')
  expect(text('MIT/X11', `Copyright 1999 Someone\n${mit}`)).toBe('MIT')
  expect(text('MIT', `${mit}\nThe name of nobody may be used.`)).toMatch(/^LicenseRef-MIT-/)
  expect(text('MIT', mit.replace('without restriction', 'with restriction'))).toMatch(/^LicenseRef-MIT-/)
  expect(
    text(
      'BSD',
      bsd(
        '* Neither the name of ACME nor the names of its contributors may be used to\nendorse or promote products derived from this software without specific prior written permission.\n'
      )
    )
  ).toBe('BSD-3-Clause')
  expect(text('BSD', bsd(''))).toBe('BSD-2-Clause')
  expect(text('BSD', bsd('3. All advertising materials must thank us.\n'))).toMatch(/^LicenseRef-BSD-/)
  expect(text('GPL', gnu('GNU General Public License', '2'))).toBe('GPL-2.0-or-later')
})

test('an exception counts with the text SPDX has for it only', () => {
  const autoconf = `As a special exception to the GNU General Public License, if you
distribute this file as part of a program that contains a
configuration script generated by Autoconf, you may include it under
the same distribution terms that you use for the rest of that program.`
  const field = (name: string, body: string): string => `${name}\n ${body.replaceAll('\n', '\n ')}`
  expect(expressionOf(field('GPL-2+ with Autoconf exception', autoconf))).toBe(
    'GPL-2.0-or-later WITH Autoconf-exception-generic'
  )
  const third = `${autoconf}  This Exception is an additional permission under section 7
of the GNU General Public License, version 3 ("GPLv3").`
  expect(expressionOf(field('GPL-3+-autoconf-exception', third))).toBe(
    'GPL-3.0-or-later WITH Autoconf-exception-generic-3.0'
  )
})

test('a paragraph without a licence refers to the file, never to nothing', () => {
  const { expression, references } = licenseOfCopyright(dep5(['Expat', '']), 'src')
  expect(expression).toBe(`MIT AND ${references[0]!.id}`)
  expect(references[0]).toMatchObject({ name: 'src-copyright' })
})

test('copyright lines are told once, and no more than a hundred', () => {
  expect(licenseOfCopyright(dep5(['Expat', 'ISC']), 's').holders).toEqual(['2020, A. N. Author'])
  const many = Array.from(
    { length: 150 },
    (_, index) => `Copyright (C) 20${10 + (index % 10)} Author ${index}`
  ).join('\n')
  const { holders } = licenseOfCopyright(many, 's')
  expect([holders.length, holders.at(-1)]).toEqual([101, 'and 50 more lines'])
})

test.each([
  [gnu('GNU General Public License', '2'), 'GPL-2.0-or-later'],
  [
    `${gnu('GNU Lesser General Public License', '2.1')}\nSee /usr/share/common-licenses/LGPL-2.1.`,
    'LGPL-2.1-or-later'
  ],
  [
    `${gnu('GNU General Public License', '2')}\nOn Debian systems, the complete text of the GNU General Public\nLicense, version 2, can be found in /usr/share/common-licenses/GPL-2.`,
    'GPL-2.0-or-later'
  ],
  ['License: GPL v2 or any later version\nSee /usr/share/common-licenses/GPL-2.', 'GPL-2.0-or-later'],
  ['Licensed under the Apache License 2.0, see /usr/share/common-licenses/Apache-2.0.', 'Apache-2.0'],
  [
    'This module is free software; you can redistribute it and/or modify it\nunder the terms of either:\na) the GNU General Public License as published by the Free Software Foundation; either version 1, or (at your option) any later version, or\nb) the "Artistic License"\nSee /usr/share/common-licenses/GPL-1 and /usr/share/common-licenses/Artistic.',
    'GPL-1.0-or-later OR Artistic-1.0-Perl'
  ]
])('free text, read where only one reading is left', (text, expected) => {
  expect(licenseOfCopyright(`This package was debianized by A.\n\n${text}\n`, 's')).toMatchObject({
    expression: expected,
    references: [],
    understood: true
  })
})

test.each([
  'See /usr/share/common-licenses/GPL-2.',
  'This is free software under the GPL.',
  `${gnu('GNU General Public License', '2')}\n${gnu('GNU General Public License', '3')}`,
  `${gnu('GNU General Public License', '2')}\nSome files are in the public domain.`,
  `${gnu('GNU General Public License', '2')}\nSee /usr/share/common-licenses/GPL-3.`,
  `The library is LGPL.\n${gnu('GNU General Public License', '2')}`,
  `${gnu('GNU General Public License', '3')}\nAs a special exception you may do more.`,
  'See /usr/share/common-licenses/Apache-2.0 and /usr/share/common-licenses/MPL-2.0.',
  ''
])('free text that leaves a doubt is one reference with the whole text', (text) => {
  const result = licenseOfCopyright(text, 'src')
  expect(result).toMatchObject({
    understood: false,
    form: 'free-text',
    references: [{ id: result.expression, text }]
  })
})

test('whatever a copyright file holds, the expression is well-formed and names all its references', () => {
  const name = fc.oneof(
    fc.constantFrom(
      'GPL-2+',
      'Expat',
      'public-domain',
      'GPL-2+ with foo exception',
      'MIT',
      'a (b)',
      'and',
      'WITH',
      '++',
      'LicenseRef-x'
    ),
    fc.string({ unit: 'binary', maxLength: 12 })
  )
  const synopsis = fc
    .array(fc.tuple(name, fc.constantFrom(' or ', ' and ', ', and ', ', ', ' ', '/')), { maxLength: 4 })
    .map((parts) => parts.flat().join(''))
  const body = fc.oneof(
    fc.constant(''),
    fc.string({ maxLength: 30 }).map((text) => `\n ${text.replaceAll('\n', ' ')}`)
  )
  const file = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.tuple(synopsis, body), { maxLength: 5 }).map((all) => dep5(all.map((one) => one.join(''))))
  )
  fc.assert(
    fc.property(file, (text) => {
      const { expression, references } = licenseOfCopyright(text, 'src')
      const tree = parseExpression(expression)
      expect(tree).toBeDefined()
      expect(formatExpression(tree!)).toBe(expression)
      const used = leavesOf(tree!)
        .map((one) => one.id)
        .filter((one) => one.startsWith('LicenseRef-'))
      expect(new Set(used)).toEqual(new Set(references.map((one) => one.id)))
    }),
    { numRuns: 500 }
  )
})

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`.replaceAll('\n\n', '\n.\n')

function bsd(clause: string): string {
  return `Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:
1. Redistributions of source code must retain the above copyright notice, this
list of conditions and the following disclaimer.
2. Redistributions in binary form must reproduce the above copyright notice,
this list of conditions and the following disclaimer in the documentation
and/or other materials provided with the distribution.
${clause}THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED
WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A
PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY
DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES HOWEVER CAUSED AND ON ANY THEORY OF
LIABILITY, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`
}

function gnu(name: string, version: string): string {
  return `This program is free software; you can redistribute it and/or modify
it under the terms of the ${name} as published by
the Free Software Foundation; either version ${version} of the License, or
(at your option) any later version.`
}
