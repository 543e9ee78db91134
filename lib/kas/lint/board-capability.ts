import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { boardOf } from '../boards.ts'
import type { LintContext } from './context.ts'
import type { Hit, LintRule } from './rule.ts'

/** Security options on boards and kernels that cannot carry them. */
export const boardCapability: LintRule = {
  code: 'LINT_BOARD_CANNOT',
  title: 'The board cannot carry this security option',
  severity: 'error',
  requirement: ['EDR 3.14', 'CR 4.1', 'EDR 3.10'],
  why: 'The build fails late, or the option is there by name and does nothing.',
  fix: 'See the support matrix of kas-overlays; choose another board or leave the option out.',
  find: (context) => [...wishes(context), ...oldKernel(context), ...missingLayout(context)]
}

function wishes({ project, overrides, value, placeOf }: LintContext): Hit[] {
  const board = boardOf(project.machine)
  if (!board) return []
  const says = (what: string) => `${board.machine} carries no ${what}`
  const hits: Hit[] = []
  if (
    board.secureBoot === 'no' &&
    (overrides.has('secureboot') || value('WKS_FILE').includes('secureboot'))
  ) {
    hits.push({
      message: says('secure boot'),
      at: placeOf(overrides.has('secureboot') ? 'OVERRIDES' : 'WKS_FILE', 'secureboot')
    })
  }
  if (board.encryption === 'no' && overrides.has('encrypt-partitions')) {
    hits.push({
      message: says('encrypted partitions (no TPM 2)'),
      at: placeOf('OVERRIDES', 'encrypt-partitions')
    })
  }
  if (board.update === 'no' && overrides.has('swupdate')) {
    hits.push({ message: says('A/B update'), at: placeOf('OVERRIDES', 'swupdate') })
  }
  return hits
}

/** isar-cip-core offers SWUpdate, secure boot and encryption from kernel 5.10 on. */
function oldKernel({ overrides, variable, originOf }: LintContext): Hit[] {
  const name = 'PREFERRED_VERSION_linux-cip'
  const version = /^4\.\d+/.exec(variable(name)?.value ?? '')?.[0]
  const option = ['secureboot', 'encrypt-partitions', 'swupdate'].find((one) => overrides.has(one))
  if (version === undefined || option === undefined) return []
  return [{ message: `the option ${option} needs kernel 5.10 or newer, not ${version}`, at: originOf(name) }]
}

/** A disk layout that none of the layers at hand has; says nothing while a layer is missing. */
function missingLayout({ project, value, placeOf }: LintContext): Hit[] {
  const file = value('WKS_FILE')
  if (!/^[\w.+-]*secureboot[\w.+-]*$/.test(file) || project.repos.some((repo) => !repo.present)) return []
  const layers = project.repos.flatMap((repo) => repo.layers)
  const places = layers.flatMap((layer) => [
    join(layer, 'wic', file),
    join(layer, 'scripts/lib/wic/canned-wks', file)
  ])
  if (places.some((place) => existsSync(place))) return []
  return [{ message: `no layer has the disk layout ${file}`, at: placeOf('WKS_FILE', 'secureboot') }]
}
