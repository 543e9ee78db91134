// docs/requirements.md: every line of IEC 62443-4-2, what serves it and what stays open.
import { anchor, generatedMark, list, page, prose, table } from './markdown.mjs'

const types = ['SAR', 'EDR', 'HDR', 'NDR']

/** @param kit the functions of lib/ that the page needs; `controls` are the built-in ones */
export function requirementsPage(lib) {
  const { catalogue, controls, profileFor, securityLevelOf, claimOn, leftToOthers, frTitles } = lib
  const lines = catalogue.entries.filter((entry) => entry.kind !== 'reference')
  const counted = lines.filter((entry) => entry.kind !== 'CCSC').length
  const kit = { controls, securityLevelOf, claimOn, leftToOthers }
  const groups = [null, 1, 2, 3, 4, 5, 6, 7]
  return page(
    `# Requirements of ${catalogue.standard}:${catalogue.edition}`,
    generatedMark,
    `The ${counted} requirements and enhancements and the ${lines.length - counted} common constraints (CCSC), each in our own words; ids and short titles are the standard's. *Open* means that no control of ours serves the line: it is listed as open by \`plan\`, \`verify\` and the report, and stays the product supplier's. A level marked with ¹ rests on one public source.`,
    "Why a line is partial that an operating system could seem to serve in full stands in [claims.md](claims.md); what exida and Bureau Veritas say of CIP's packages, in [agreement.md](agreement.md).",
    "What the controls claim before anything is proven, for one component type; an image gets its verdicts from `kas-harden verify`. Lines in full / in part / open, of all lines (CCSC included), with controls of a board's option and without those that wait for a value only the product knows ([claims.md](claims.md) counts both ways):",
    shares({ ...kit, catalogue, profileFor }),
    ...groups.flatMap((fr) => {
      const members = lines.filter((entry) => entry.fr === fr)
      return [
        fr === null ? '## Common component security constraints' : `## FR ${fr}: ${title(frTitles, fr)}`,
        overview(members, kit),
        ...members.map((entry) => section(entry, kit))
      ]
    }),
    '## References',
    'Entries of the standard that are no requirement themselves: they point to the lines of a component type, or to the system (IEC 62443-3-3).',
    table(
      ['Entry', 'Title', 'Stands for'],
      catalogue.entries
        .filter((entry) => entry.kind === 'reference')
        .map((entry) => [
          entry.id,
          prose(entry.title),
          entry.delegatesTo.map(idLink).join(', ') || 'the system'
        ])
    )
  )
}

function title(frTitles, fr) {
  return frTitles[fr] ?? ''
}

function shares({ catalogue, controls, profileFor, claimOn }) {
  const levels = [1, 2, 3, 4]
  return table(
    ['Component', ...levels.map((level) => `SL ${level}`)],
    types.map((type) => [
      type,
      ...levels.map((securityLevel) => {
        const target = { components: [type], securityLevel, edition: catalogue.edition }
        const profile = profileFor(target, catalogue, controls, 'bookworm')
        const claims = profile.requirements.map(
          (entry) => claimOn(entry, profile.controls, new Set()).contribution
        )
        const count = (word) => claims.filter((claim) => claim === word).length
        return `${count('full')} / ${count('partial')} / ${count('none')} of ${claims.length}`
      })
    ])
  )
}

function overview(entries, kit) {
  return table(
    ['Requirement', 'Title', ...types, 'Controls'],
    entries.map((entry) => [
      idLink(entry.id),
      prose(entry.title),
      ...types.map((type) => levelOf(entry, type, kit)),
      servedBy(entry, kit)
        .map(({ control, claim }) => `${controlLink(control.id)} (${claim.contribution})`)
        .join(', ') || '**open**'
    ])
  )
}

function levelOf(entry, type, { securityLevelOf }) {
  const level = securityLevelOf(entry, type)
  return level === undefined ? '' : `${level}${entry.singleSource ? '¹' : ''}`
}

function section(entry, kit) {
  const serving = servedBy(entry, kit)
  const remains =
    serving.length > 0
      ? serving.flatMap(({ control }) =>
          control.remains.filter(({ requirement }) => requirement === entry.id)
        )
      : kit.leftToOthers(entry.id)
  return page(
    `### ${entry.id}`,
    `**${prose(entry.title)}.** ${prose(entry.paraphrase)}`,
    list(notes(entry, kit)),
    serving.length > 0
      ? list(
          serving.map(
            ({ control, claim }) =>
              `${controlLink(control.id)} from SL ${control.from}, ${claim.contribution}, proven ${proofs[claim.proof]}${claim.covers ? `: ${prose(claim.covers)}` : ''}`
          )
        )
      : (unserved[entry.id] ?? '**Open**: no control serves it.'),
    remains.length > 0 &&
      `${serving.length > 0 ? 'What remains' : 'What somebody else brings'}:\n\n${list(remains.map(({ what, owner }) => `${prose(what)} (${owner.join(', ')})`))}`
  ).trimEnd()
}

/** Lines that no setting of an image serves, and what our reports do about them. */
const unserved = {
  'CCSC 2':
    'No control serves it; the report does, in part: it lists every line that is not met with its outside measure (a statement of kind `compensation`), the statement of who answers for it, or the owner our controls name. The line is open as long as one has none of them, and names those; then it is partial, since whether the measures are in place is not seen.',
  'CCSC 4':
    '**Open**: no control serves it, and no image can show it. A statement in kas-harden.yml that names evidence settles it as far as a statement can (partial, as stated and not verified); one without evidence leaves it open.'
}

const proofs = { 'on-image': 'by files of the image', running: 'by the running system' }

function notes(entry, kit) {
  const levels = types
    .map((type) => [type, levelOf(entry, type, kit)])
    .filter(([, level]) => level !== '')
    .map(([type, level]) => `${type} from SL ${level}`)
  const rows = [levels.join(', ')]
  if (entry.base) rows.push(`Enhances ${idLink(entry.base)}; met only if that is met`)
  if (entry.conditional) rows.push(`Condition: ${prose(entry.conditional)}`)
  if (entry.hardware) rows.push('Needs hardware: software alone cannot meet it')
  return rows
}

function servedBy(entry, { controls }) {
  return controls.flatMap((control) => {
    const claim = control.requirements.find(({ id }) => id === entry.id)
    return claim ? [{ control, claim }] : []
  })
}

function idLink(id) {
  return `[${id}](#${anchor(id)})`
}

function controlLink(id) {
  return `[${id}](controls.md#${anchor(id)})`
}
