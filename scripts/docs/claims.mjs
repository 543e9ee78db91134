// docs/claims.md: our reading of the standard, made before there was a control, beside what the controls claim.
import { readFileSync } from 'node:fs'
import { anchor, code, generatedMark, list, page, prose, table } from './markdown.mjs'

const data = JSON.parse(readFileSync(new URL('./reading.json', import.meta.url), 'utf8'))
const types = ['SAR', 'EDR', 'HDR', 'NDR']
const levels = [1, 2, 3, 4]
const rank = { none: 0, partial: 1, full: 2 }

/** What a base layer can carry at most by our reading, by id: full, partial or none. */
export const { reading } = data

/**
 * Every line on which claim and reading differ, in the order of the standard.
 * @returns id, both words, and the reason; `less` is false where we claim more than the reading thought possible
 */
export function differences({ catalogue, controls }) {
  return lines(catalogue).flatMap(({ id }) => {
    const ours = claimOf(id, controls)
    return ours === reading[id]
      ? []
      : [{ id, reading: reading[id], ours, less: rank[ours] < rank[reading[id]], why: data.why[id] }]
  })
}

/** Ids that have a reason and need none. */
export function needless(kit) {
  const differing = new Set(differences(kit).map(({ id }) => id))
  return Object.keys(data.why).filter((id) => !differing.has(id))
}

function lines(catalogue) {
  return catalogue.entries.filter(({ kind }) => kind !== 'reference')
}

/** The strongest claim of any control; partial ones never add up. */
function claimOf(id, controls) {
  const own = controls.flatMap(({ requirements }) => requirements.filter((one) => one.id === id))
  if (own.some(({ contribution }) => contribution === 'full')) return 'full'
  return own.length > 0 ? 'partial' : 'none'
}

/** @param kit the functions of lib/ that the page needs; `controls` are the built-in ones */
export function claimsPage(kit) {
  const rows = differences(kit)
  const less = rows.filter((row) => row.less)
  const more = rows.filter((row) => !row.less)
  return page(
    '# What we claim, and what an operating system could give',
    generatedMark,
    'Before there was a control we read every line of the standard and asked how far packages and settings of a Debian base layer can carry it at most, for the interfaces of the operating system itself: *in full*, *in part*, or *not at all*. Then the controls were written. A control claims a line in full only where its own checks and packages answer all of it; where that could not be kept, this page says why. Claims are no verdicts: an image gets those from `kas-harden verify`.',
    `Lines in full / in part / not at all, without the common constraints. *Shipped*: every control that needs neither an option of the board nor a value that only the product knows. *At most*: with all of them. Debian 12; ${newer(kit)}`,
    figures(kit),
    `An enhancement is met only with the line it enhances. Of the reading's ${count(kit, 'EDR', 3, 'reading')} lines in full for an embedded device at SL-3, ${unsupported(kit, 'reading').length} enhance one that is only partial (${unsupported(kit, 'reading').map(idLink).join(', ')}); of ours at most, ${unsupported(kit, 'most').length}${unsupported(kit, 'most').length > 0 ? ` (${unsupported(kit, 'most').map(idLink).join(', ')})` : ''}.`,
    '## In full only with an option or a value',
    table(
      ['Requirement', 'Control', 'Needs'],
      conditional(kit).map(({ id, control }) => [
        idLink(id),
        `[${control.id}](controls.md#${anchor(control.id)})`,
        needsOf(control)
      ])
    ),
    `## Where we claim less (${less.length} lines)`,
    comparison(less, kit),
    more.length > 0 && `## Where we claim more (${more.length} lines)`,
    more.length > 0 && comparison(more, kit),
    '## What to do about a line that is partial',
    list([
      '`kas-harden gaps` lists the shortest way to the next level: a control of ours, a part of the supplier, hardware.',
      'A [control of your own](own-controls.md) can claim a line for your product; it counts as declared until somebody reviewed it.',
      'What stands under *What remains* in [requirements.md](requirements.md) names the rest of each line and whose it is.'
    ])
  )
}

function comparison(rows, { catalogue }) {
  return table(
    ['Requirement', 'Title', 'Reading', 'Ours', 'Why'],
    rows.map((row) => [
      idLink(row.id),
      prose(catalogue.byId.get(row.id).title),
      row.reading,
      row.ours,
      row.why === undefined ? '' : prose(row.why)
    ])
  )
}

/** Lines whose only claim in full comes from controls that wait for an option or a value. */
function conditional({ catalogue, controls }) {
  return lines(catalogue).flatMap(({ id }) => {
    const full = controls.filter(({ requirements }) =>
      requirements.some((one) => one.id === id && one.contribution === 'full')
    )
    return full.length > 0 && full.every(waits) ? full.map((control) => ({ id, control })) : []
  })
}

function waits({ requires, onlyWith }) {
  return requires !== undefined || onlyWith.length > 0
}

function needsOf({ requires, onlyWith }) {
  if (requires !== undefined) return `the board's option ${code(requires)}`
  return onlyWith.map((name) => code(name)).join(', ')
}

function newer(kit) {
  const more = lines(kit.catalogue)
    .filter(({ id }) => kit.controls.some(({ requirements }) => requirements.some((one) => gains(one, id))))
    .map(({ id }) => idLink(id))
  return more.length > 0 ? `${more.join(', ')} in full on Debian 13 only.` : 'Debian 13 is the same.'
}

function gains({ id, contribution, partialIn }, wanted) {
  const older = partialIn?.map(({ release }) => release) ?? []
  return id === wanted && contribution === 'full' && older.includes('bookworm') && !older.includes('trixie')
}

/** The lines of a target with the words of one column, constraints left out. */
function words({ catalogue, controls, profileFor, claimOn }, type, securityLevel, column) {
  const target = { components: [type], securityLevel, edition: catalogue.edition }
  const given = Object.fromEntries(controls.flatMap(({ onlyWith }) => onlyWith.map((name) => [name, ''])))
  const profile = profileFor(target, catalogue, controls, 'bookworm', column === 'most' ? given : {})
  const chosen = profile.controls.filter((control) => column === 'most' || !waits(control))
  return profile.requirements
    .filter(({ kind }) => kind !== 'CCSC')
    .map((entry) => ({
      entry,
      word: column === 'reading' ? reading[entry.id] : claimOn(entry, chosen, new Set()).contribution
    }))
}

function count(kit, type, level, column, wanted = 'full') {
  return words(kit, type, level, column).filter(({ word }) => word === wanted).length
}

/** Enhancements in full at EDR SL-3 whose own line is not. */
function unsupported(kit, column) {
  const all = words(kit, 'EDR', 3, column)
  const full = new Set(all.filter(({ word }) => word === 'full').map(({ entry }) => entry.id))
  return all
    .filter(({ entry }) => full.has(entry.id) && entry.base && !full.has(entry.base))
    .map(({ entry }) => entry.id)
}

function figures(kit) {
  const cell = (...at) => ['full', 'partial', 'none'].map((word) => count(kit, ...at, word)).join(' / ')
  return table(
    ['Target', 'Lines', 'Reading', 'Shipped', 'At most'],
    types.flatMap((type) =>
      levels.map((level) => [
        `${type} SL ${level}`,
        String(words(kit, type, level, 'reading').length),
        cell(type, level, 'reading'),
        cell(type, level, 'shipped'),
        cell(type, level, 'most')
      ])
    )
  )
}

function idLink(id) {
  return `[${id}](requirements.md#${anchor(id)})`
}
