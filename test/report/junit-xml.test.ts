import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderJunit } from '../../lib/report/junit.ts'
import { sample } from './fixture.ts'

/** What consoles say: colours, cursor moves, titles of windows, every control character, halves of letters. */
const noise = fc.constantFrom(
  '\u001b[1;31mfailed\u001b[0m',
  '\u001b]0;title\u0007',
  '\u001b[2K\r50 %',
  ']]>',
  '<![CDATA[',
  '<!--',
  '-->',
  '<?xml version="1.0"?>',
  '&amp;&#0;&bogus;',
  '"\'',
  '\ud800',
  '\udc00x',
  '\ufffe\uffff',
  '\u0085\u2028',
  '\t\n\r',
  ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)),
  ...Array.from({ length: 33 }, (_, code) => String.fromCharCode(127 + code))
)
const consoleText = fc
  .array(fc.oneof(noise, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), { maxLength: 8 })
  .map((parts) => parts.join(''))

/** expat, by way of Python: the counts of what it read, or what is wrong. */
const reader = `
import json, sys, xml.etree.ElementTree as tree
answers = []
for text in json.load(sys.stdin):
    try:
        root = tree.fromstring(text.encode('utf-8', 'surrogatepass'))
        answers.append({'cases': [case.get('classname') for case in root.iter('testcase')],
                        'text': ''.join(root.itertext()) + ''.join(v for e in root.iter() for v in e.attrib.values())})
    except Exception as error:
        answers.append({'error': str(error)})
print(json.dumps(answers))
`

describe('JUnit', () => {
  it('is XML for expat whatever a console said, with every line of the standard and no control character', () => {
    const texts = fc.sample(consoleText, 150)
    const inputs = texts.map((text) => sample(text))
    const answers = JSON.parse(
      execFileSync('python3', ['-c', reader], {
        input: JSON.stringify(inputs.map(renderJunit)),
        encoding: 'utf8',
        maxBuffer: 256 * 1024 * 1024
      })
    ) as { cases?: string[]; text?: string; error?: string }[]
    answers.forEach(({ cases, text, error }, index) => {
      expect(error, JSON.stringify(texts[index])).toBeUndefined()
      const ids = inputs[index]!.assessment.requirements.map(({ id }) => `IEC 62443-4-2 ${id}`)
      expect(cases?.toSorted()).toEqual(ids.toSorted())
      // eslint-disable-next-line no-control-regex
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
    })
  })
})
