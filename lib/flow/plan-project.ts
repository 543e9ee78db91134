import type { Io } from '../base/io.ts'
import { plan, type Plan } from '../harden/plan.ts'
import { readKasProject, type KasProject } from '../kas/project.ts'
import type { Session } from './session.ts'

/** Reads the kas project and plans for the session's target. @throws HardenError usage, as `readKasProject` and `plan`. */
export async function planProject(
  chain: string,
  session: Session,
  io: Io,
  options: { release?: string; example?: boolean } = {}
): Promise<{ project: KasProject; plan: Plan }> {
  const project = await readKasProject(chain, io, { release: options.release })
  const accounts = session.config.accounts.map(({ name, role, sshKeys, passwordHash, shell }) => ({
    name,
    role,
    sshKeys,
    passwordHash,
    shell
  }))
  return {
    project,
    plan: plan({
      project,
      target: session.target,
      accounts,
      parameters: session.config.parameters,
      controls: session.controls,
      catalogue: session.catalogue,
      release: options.release,
      example: options.example
    })
  }
}
