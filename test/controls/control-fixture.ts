import type { ComponentType, Release } from '../../lib/controls/control.ts'
import { loadCatalogue } from '../../lib/catalogue/load-catalogue.ts'
import type { LoadedControl } from '../../lib/controls/load-controls.ts'
import { loadControls } from '../../lib/controls/load-controls.ts'
import { profileFor } from '../../lib/controls/profile.ts'

/** The catalogue and the built-in controls, read once per test file. */
export const catalogue = loadCatalogue()
export const { controls } = await loadControls()

/** Profile of a target over the built-in controls (or others). */
export function profile(
  components: readonly ComponentType[],
  securityLevel: number,
  release: Release = 'bookworm',
  own: readonly LoadedControl[] = controls,
  given: Readonly<Record<string, unknown>> = {}
) {
  return profileFor({ components, securityLevel, edition: '2019' }, catalogue, own, release, given)
}
