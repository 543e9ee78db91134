// docs/agreement.md: what two public assessments of CIP say of each line, beside what our controls claim.
import { readFileSync } from 'node:fs'
import { anchor, code, generatedMark, list, page, prose, table } from './markdown.mjs'

const data = JSON.parse(readFileSync(new URL('./agreement-data.json', import.meta.url), 'utf8'))

/** How each source is called in the page and what its words mean. */
const words = {
  exida: { yes: 'supported', no: 'not supported' },
  bureauVeritas: { met: 'met', na: 'not assessed' }
}

/**
 * Every visible row of both tables, one line of the standard each.
 * @returns id, source, what it says, what we claim (full, partial, open, or none for an entry that is no
 *   requirement), whether the two agree, and the sentence that explains where they don't
 */
export function agreementRows({ catalogue, controls }) {
  return ['exida', 'bureauVeritas'].flatMap((source) =>
    data[source].flatMap(({ ids, says, note, why }) =>
      ids.map((id) => {
        const ours = claimOf(id, catalogue, controls)
        return { id, source, says, note, why, ours, agrees: agree(says, ours) }
      })
    )
  )
}

function claimOf(id, catalogue, controls) {
  const entry = catalogue.byId.get(id)
  if (!entry) throw new Error(`scripts/docs/agreement-data.json: there is no ${id}`)
  if (entry.kind === 'reference') return 'none'
  const claims = controls.flatMap(({ requirements }) => requirements.filter((one) => one.id === id))
  if (claims.some(({ contribution }) => contribution === 'full')) return 'full'
  return claims.length > 0 ? 'partial' : 'open'
}

/** "Supported" is a package for it, so a part of ours agrees; "met" is the whole line, so only "full" does. */
function agree(says, ours) {
  if (says === 'yes') return ours === 'full' || ours === 'partial'
  if (says === 'met') return ours === 'full'
  return ours === 'open' || ours === 'none'
}

/** @param kit the functions of lib/ that the page needs; `controls` are the built-in ones */
export function agreementPage(kit) {
  const rows = agreementRows(kit)
  const order = kit.catalogue.entries.map(({ id }) => id)
  const ids = [...new Set(rows.map(({ id }) => id))].sort((a, b) => order.indexOf(a) - order.indexOf(b))
  const explained = rows.filter(({ agrees }) => !agrees)
  return page(
    '# Agreement with two public assessments of CIP',
    generatedMark,
    `Two parties have assessed the security packages of CIP, on which isar-cip-core's security image rests, against IEC 62443-4-2: exida (gap assessment, published 2020 to 2023) and Bureau Veritas (July 2025 to March 2026, aimed at SL-2). What of their tables is public stands here beside the claim of our controls: ${rows.length} judgements, ${rows.length - explained.length} agree, ${explained.length} differ, each with its reason. Where the two differ from each other, the newer one counts more.`,
    list([
      'exida says whether CIP *supports* a line by a package; a claim of ours in part agrees with that. An older edition names packages that Debian has no more (syslog-ng-mod-journal, tpm2-abrmd, pam_tally2); they are no row here.',
      'Bureau Veritas says *met*, or leaves a line to the product (*not assessed*). Met agrees with a claim of ours in full.',
      'Neither speaks of configuration: both judge what the packages can do. We judge what the image is set to.'
    ]),
    table(
      ['Requirement', 'exida', 'Bureau Veritas', 'Ours', 'Why they differ'],
      ids.map((id) => {
        const own = rows.filter((row) => row.id === id)
        return [
          own[0].ours === 'none' ? id : `[${id}](requirements.md#${anchor(id)})`,
          said(own, 'exida'),
          said(own, 'bureauVeritas'),
          own[0].ours === 'none' ? 'no requirement' : own[0].ours,
          [...new Set(own.filter(({ agrees }) => !agrees).map(({ why }) => why))].map(prose).join(' ') ||
            'agree'
        ]
      })
    ),
    "## isar-cip-core's own settings",
    'What follows was read from isar-cip-core at commit `f15ea48` (v1.8) and holds for that commit. Each row is an image of a test (test/verify/cip-settings.test.ts) and fails with this reason:',
    table(
      ['Setting', 'Requirement', 'Check', 'Why it fails'],
      data.settings.map(({ setting, requirement, check, why }) => [
        prose(setting),
        `[${requirement}](requirements.md#${anchor(requirement)})`,
        code(check),
        prose(why)
      ])
    ),
    'Other settings of that commit pass: three failures before a lock-out, a keep-alive interval, no root login by ssh.'
  )
}

function said(rows, source) {
  const row = rows.find((one) => one.source === source)
  if (!row) return ''
  return words[source][row.says] + (row.note ? ` (${prose(row.note)})` : '')
}
