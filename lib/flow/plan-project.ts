import type { Io } from '../base/io.ts'
import { supportFinding } from '../debian/release-support.ts'
import { gitLayer, type GitLayerChoice } from '../harden/layer-source.ts'
import { plan, type Plan } from '../harden/plan.ts'
import { readKasProject, type KasProject } from '../kas/project.ts'
import { parameterPlaces } from './config-findings.ts'
import type { Session } from './session.ts'

/** Reads the kas project and plans for the session's target. @throws HardenError usage, as `readKasProject` and `plan`. */
export async function planProject(
  chain: string,
  session: Session,
  io: Io,
  options: { release?: string; example?: boolean; layer?: GitLayerChoice } = {}
): Promise<{ project: KasProject; plan: Plan }> {
  const project = await readKasProject(chain, io, { release: options.release })
  const accounts = session.config.accounts.map(({ name, role, sshKeys, passwordHash, shell }) => ({
    name,
    role,
    sshKeys,
    passwordHash,
    shell
  }))
  const planned = plan({
    project,
    target: session.target,
    accounts,
    parameters: session.config.parameters,
    placeOf: parameterPlaces(session.config),
    controls: session.controls,
    catalogue: session.catalogue,
    release: options.release,
    layer: gitLayer(options.layer ?? session.config.layer),
    example: options.example
  })
  const unsupported = supportFinding(planned.release, io.now())
  const findings = [...session.findings, ...planned.findings, ...(unsupported ? [unsupported] : [])]
  return { project, plan: { ...planned, findings } }
}
