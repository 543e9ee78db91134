import type { Finding } from '../base/finding.ts'
import { formatFinding } from '../base/code-frame.ts'
import type { Plan } from './plan.ts'
import { describeProvides } from './provides-cip.ts'

/** The plan for people: requirement -> control -> packages and settings, what may break, what stays open, the overlay. */
export function describePlan(plan: Plan): string {
  const { target } = plan
  const lines = [
    `IEC 62443-4-2:${target.edition}, ${target.components.join(' + ')}, aimed SL-C ${target.securityLevel}`,
    `${plan.chain}: machine ${plan.machine ?? '(unknown)'}, distro ${plan.distro ?? '(unknown)'}, Debian ${plan.release}`,
    '= the base layer carries the whole line, ~ a part of it; your part stays yours',
    ''
  ]
  const options = new Map(plan.profile.controls.map(({ id, requires }) => [id, requires]))
  for (const requirement of plan.requirements.filter((one) => one.controls.length > 0)) {
    lines.push(`${requirement.id}  ${requirement.title}`)
    for (const control of requirement.controls) {
      const option = options.get(control.id)
      const where = option === undefined ? '' : ` (where the image has the option ${option})`
      lines.push(`  ${control.contribution === 'full' ? '=' : '~'} ${control.id}: ${control.title}${where}`)
      if (control.contribution === 'partial' && control.covers) lines.push(`      in part: ${control.covers}`)
    }
    if (requirement.packages.length > 0) lines.push(`      packages: ${requirement.packages.join(', ')}`)
    if (requirement.settings.length > 0) lines.push(`      settings: ${requirement.settings.join(', ')}`)
  }
  lines.push('', `Open: ${plan.open.length} of ${plan.requirements.length} requirements have no control here`)
  for (const { id, title } of plan.open) lines.push(`  - ${id}  ${title}`)
  if (plan.profile.waiting.length > 0) lines.push('', 'Not chosen, for want of values in kas-harden.yml:')
  for (const { id, title, onlyWith } of plan.profile.waiting) {
    lines.push(`  - ${id}: ${title} (parameters ${onlyWith.join(', ')})`)
  }
  const own = Object.entries(plan.values).filter(([name]) => name !== 'ssh.authorized_keys')
  lines.push('', 'Parameters (kas-harden.yml changes them; docs/controls.md has their bounds):')
  for (const [name, value] of own.sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(`  ${name}: ${typeof value === 'object' ? value.join(' ') : String(value)}`)
  }
  lines.push('', 'What it may break (CCSC 1):')
  for (const { control, what } of plan.breaks) lines.push(`  - ${control}: ${what}`)
  lines.push(
    '',
    `${plan.profile.packages.length} Debian packages, ${plan.profile.settings.length} settings packages, ${plan.profile.controls.length} controls`
  )
  if (plan.profile.cmdline.length > 0) {
    lines.push(`Kernel command line needed: ${plan.profile.cmdline.join(' ')}`)
    for (const { image, source, name } of plan.wks) {
      lines.push(`  ${image}: ${plan.layer}/wic/${name}, a copy of ${source} with these arguments`)
    }
    if (plan.wks.length === 0) lines.push('  No .wks file was found that takes it; the note below says why.')
  }
  if (plan.provides !== undefined) lines.push('', ...describeProvides(plan.provides))
  if (plan.readOnlyRoot) {
    lines.push('', `Read-only root (${plan.readOnlyRoot.type}); written at run time:`)
    for (const { path, controls, covered } of plan.readOnlyRoot.paths) {
      lines.push(`  ${covered ? '+' : '!'} ${path} (${controls.join(', ')})`)
    }
  }
  lines.push(
    '',
    `--- ${plan.overlay.path}`,
    plan.overlay.text.trimEnd(),
    '---',
    '',
    `Build it: kas build ${plan.buildChain}`
  )
  const notes: Finding[] = plan.findings.filter((finding) => finding.severity !== 'info')
  if (notes.length > 0) lines.push('', ...notes.map((finding) => formatFinding(finding)))
  return lines.join('\n') + '\n'
}
