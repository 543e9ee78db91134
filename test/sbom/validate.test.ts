import { expect, test } from 'vitest'
import { validateSbom } from '../../sbom/index.ts'

test('says what is wrong and where', async () => {
  const valid = {
    bomFormat: 'CycloneDX',
    specVersion: '1.7',
    version: 1,
    components: [{ type: 'library', name: 'a' }]
  }
  expect(await validateSbom(JSON.stringify(valid))).toEqual([])
  const problems = await validateSbom(
    JSON.stringify({ ...valid, components: [{ type: 'binary', name: 'a' }] })
  )
  expect(problems).toEqual(['/components/0/type: must be equal to one of the allowed values'])
  expect(await validateSbom(JSON.stringify({ ...valid, extra: 1 }))).toHaveLength(1)
})

test('a text that is no CycloneDX document is a problem, not a crash', async () => {
  expect(await validateSbom('{')).toMatchObject([expect.stringMatching(/^not JSON: /)])
  expect(await validateSbom('[]')).toEqual(["specVersion 'undefined' is no version of CycloneDX we know"])
  expect(await validateSbom('{"specVersion":"9.9"}')).toEqual([
    "specVersion '9.9' is no version of CycloneDX we know"
  ])
})
