import type { Release } from '../controls/control.ts'
import { resolveParameters } from '../controls/parameters.ts'
import { profileFor, type Profile } from '../controls/profile.ts'
import { parameterPlaces } from './config-findings.ts'
import type { Session } from './session.ts'

/** The profile of a session's target on a release, and the values its checks get. */
export function sessionProfile(
  { target, catalogue, controls, config }: Session,
  release: Release
): { profile: Profile; resolved: ReturnType<typeof resolveParameters> } {
  const profile = profileFor(target, catalogue, controls, release, config.parameters)
  const known = controls.flatMap((control) => control.parameters.map(({ name }) => name))
  const resolved = resolveParameters(
    profile.parameters,
    config.parameters,
    [...known, 'ssh.authorized_keys'],
    parameterPlaces(config)
  )
  return { profile, resolved }
}
