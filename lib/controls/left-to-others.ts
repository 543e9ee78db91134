import { sameClause } from './clause.ts'
import type { Owner } from './control.ts'

/** What somebody else brings for a line that no control of ours serves. */
export interface LeftToOthers {
  what: string
  owner: readonly Owner[]
}

const housing: readonly LeftToOthers[] = [
  {
    what:
      'A housing that hinders opening (screws, locks, encapsulation), seals or paint that show it was opened, and a ' +
      'drawing that says where they are',
    owner: ['supplier', 'hardware']
  },
  { what: 'Looking at the seals, as often as the guide of the product says', owner: ['asset-owner'] }
]

/** By id (`CCSC 4`), or by clause number where the line is the same for every component type (`3.11`). */
const byLine: Readonly<Record<string, readonly LeftToOthers[]>> = {
  'CCSC 2': [
    {
      what:
        'For each line the report lists as not met: an outside measure (a statement of kind compensation) or who ' +
        'answers for it (a statement), and both in the guide for the integrator',
      owner: ['supplier']
    },
    { what: 'Putting the outside measures into place', owner: ['integrator', 'asset-owner'] }
  ],
  'CCSC 4': [
    {
      what:
        "The supplier's development process of IEC 62443-4-1: its certificate, or the report of an audit, named as " +
        'evidence of a statement; no image shows it',
      owner: ['supplier']
    }
  ],
  '3.11': housing
}

/** What a line without a control needs, where we can say more than its title; else nothing. */
export function leftToOthers(id: string): readonly LeftToOthers[] {
  return Object.entries(byLine).find(([line]) => line === id || sameClause(id, line))?.[1] ?? []
}
