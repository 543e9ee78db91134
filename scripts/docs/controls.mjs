// docs/controls.md: every built-in control, by family.
import { anchor, code, codes, generatedMark, link, list, page, prose, table } from './markdown.mjs'

/** @param kit the functions of lib/ that the page needs; `controls` are the built-in ones */
export function controlsPage({ controls, describeParameter, variableOf }) {
  const names = [...new Set(controls.map(familyOf))].sort()
  const families = new Map(
    names.map((name) => [name, controls.filter((control) => familyOf(control) === name)])
  )
  return page(
    '# Controls',
    generatedMark,
    `The ${controls.length} measures that come with kas-harden. *Full* means that the control alone, with its checks, meets the requirement for the interfaces of the operating system; *partial* names the part; several parts never add up to *full*. What a requirement asks is in [requirements.md](requirements.md), how a check works in [checks.md](checks.md).`,
    list(names.map((name) => link(`${name} (${families.get(name).length})`, name))),
    ...names.flatMap((name) => {
      const members = families.get(name)
      return [
        `## ${name}`,
        overview(members),
        ...members.map((control) => section(control, { describeParameter, variableOf }))
      ]
    })
  )
}

/** lib/controls/<family>/<id>/control.yml */
function familyOf(control) {
  return control.path.split('/').at(-3)
}

function overview(controls) {
  return table(
    ['Control', 'From SL', 'In full', 'In part', 'Debian packages', 'Settings packages'],
    controls.map((control) => [
      `[${control.id}](#${anchor(control.id)})`,
      String(control.from),
      ids(control, 'full'),
      ids(control, 'partial'),
      codes(control.packages.map(({ name }) => name)),
      codes(control.settings)
    ])
  )
}

function ids(control, contribution) {
  return control.requirements
    .filter((one) => one.contribution === contribution)
    .map(({ id }) => id)
    .join(', ')
}

function section(control, kit) {
  return page(
    `### ${control.id}`,
    `**${prose(control.title)}.** ${prose(control.rationale)}`,
    list(facts(control)),
    table(
      ['Requirement', 'Extent', 'What of it', 'Proof'],
      control.requirements.map(({ id, contribution, covers, proof }) => [
        requirementLink(id),
        contribution,
        prose(covers ?? ''),
        proof === 'running' ? 'running system' : 'files of the image'
      ])
    ),
    part(
      'Packages',
      control.packages.length > 0 &&
        table(
          ['Package', 'For', 'Why'],
          control.packages.map(({ name, for: requirement, why, releases }) => [
            code(name) + (releases ? ` (${releases.join(', ')})` : ''),
            requirement,
            prose(why)
          ])
        )
    ),
    part('Parameters', parameters(control, kit)),
    part(
      'Checks',
      control.checks.length > 0 &&
        table(
          ['Check', 'Type', 'What must hold', 'Evidence for'],
          control.checks.map(({ id, type, title, releases, for: lines }) => [
            code(id),
            `[${type}](checks.md#${anchor(type)})`,
            prose(title) + (releases ? ` (${releases.join(', ')})` : ''),
            (lines ?? control.requirements.map((one) => one.id)).join(', ')
          ])
        )
    ),
    part('May break', list(control.breaks.map(prose))),
    part(
      'What remains',
      list(
        control.remains.map(
          ({ requirement, what, owner }) => `${requirement}: ${prose(what)} (${owner.join(', ')})`
        )
      )
    ),
    part('A lab also wants to see', list(control.evidence.map(prose)))
  ).trimEnd()
}

function facts(control) {
  const rows = [
    `From SL ${control.from}${control.components ? `, only for ${control.components.join(', ')}` : ''}${control.requires ? `, where the image has the option \`${control.requires}\`` : ''}`
  ]
  if (control.settings.length > 0) rows.push(`Settings packages: ${codes(control.settings)}`)
  if (control.site.length > 0) rows.push(`Values of the site: ${codes(control.site)} of \`kas-harden-site\``)
  if (control.cmdline.length > 0) rows.push(`Kernel command line: ${codes(control.cmdline)}`)
  if (control.writable.length > 0) rows.push(`Must be writable on the device: ${codes(control.writable)}`)
  if (control.isarRecipes.length > 0) rows.push(`Isar recipes: ${codes(control.isarRecipes)}`)
  if (control.conflicts.length > 0) rows.push(`Conflicts with: ${codes(control.conflicts)}`)
  return rows
}

function parameters(control, { describeParameter, variableOf }) {
  if (control.parameters.length === 0) return undefined
  return table(
    ['Parameter', 'What it is', 'Default', 'Form and bounds', 'BitBake variable'],
    control.parameters.map((parameter) => [
      code(parameter.name),
      prose(parameter.title),
      parameter.default === undefined ? '**you must give one**' : code([parameter.default].flat().join(' ')),
      form(parameter, describeParameter),
      code(variableOf(parameter.name))
    ])
  )
}

/** A pattern is code, the rest words. */
function form(parameter, describeParameter) {
  const { pattern, ...rest } = parameter
  const words = prose(describeParameter(rest))
  return pattern === undefined ? words : `${words}, ${code(pattern)}`
}

function part(title, text) {
  return text ? `**${title}**\n\n${text}` : undefined
}

function requirementLink(id) {
  return `[${id}](requirements.md#${anchor(id)})`
}
