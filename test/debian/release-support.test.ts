import { expect, test } from 'vitest'
import { supportFinding } from '../../lib/debian/release-support.ts'

const at = (day: string) => Date.parse(`${day}T12:00:00Z`)

test('a release is warned about from the day after its last security update, with date and source', () => {
  expect(supportFinding('bullseye', at('2026-08-31'))).toBeUndefined()
  expect(supportFinding('bullseye', at('2026-09-01'))).toMatchObject({
    code: 'RELEASE_UNSUPPORTED',
    severity: 'warning',
    message: expect.stringMatching(
      /Debian 11 \(bullseye\).*2026-08-31.*https:\/\/wiki\.debian\.org\/LTS/
    ) as string
  })
})

test('supported releases, and those without an announced end, give no warning', () => {
  for (const codename of ['bookworm', 'trixie', 'forky', 'sid', 'nonsense']) {
    expect(supportFinding(codename, at('2026-11-22'))).toBeUndefined()
  }
})
