import { describe, expect, it } from 'vitest'
import { loadCatalogue } from '../../lib/catalogue/load-catalogue.ts'
import { requirementsFor } from '../../lib/catalogue/requirements-for.ts'
import type { ComponentType } from '../../lib/controls/control.ts'
import { componentTypes, releases } from '../../lib/controls/control.ts'
import { loadControls } from '../../lib/controls/load-controls.ts'
import { profileFor } from '../../lib/controls/profile.ts'

const catalogue = loadCatalogue()
const { controls } = await loadControls()
const levels = [1, 2, 3, 4]

function profile(components: readonly ComponentType[], securityLevel: number, release: 'bookworm' | 'trixie' = 'bookworm') {
  return profileFor({ components, securityLevel, edition: '2019' }, catalogue, controls, release)
}

describe('the profile of an embedded device', () => {
  it('prints', () => {
    for (const release of releases)
      for (const level of levels) {
        const p = profile(['EDR'], level, release)
        console.log(release, level, p.requirements.length, p.controls.length, p.packages.length, p.packages.map(({ name }) => name).join(' '))
        if (release === 'bookworm') console.log('  open:', p.open.join(', '))
      }
    expect(1).toBe(1)
  })
})
void requirementsFor
void componentTypes
