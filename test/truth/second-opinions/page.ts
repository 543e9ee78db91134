import type { KernelRow } from './ask.ts'
import { kernelDifferences } from './kernel.ts'
import { unitDifferences } from './units.ts'

/** What the two tools said. */
export interface SecondOpinions {
  rows: readonly KernelRow[]
  /** Names of rows that a check of ours demands as well. */
  shared: readonly string[]
  exposures: ReadonlyMap<string, number>
}

/** Above this systemd-analyze writes EXPOSED or UNSAFE. */
export const exposed = 7

/** docs/second-opinions.md. */
export function secondOpinionsPage({ rows, shared, exposures }: SecondOpinions): string {
  const named = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')
  const count = (type: KernelRow['type']) => {
    const all = rows.filter((row) => row.type === type)
    return `| ${type} | ${all.length} | ${all.filter((row) => row.check_result_bool).length} |`
  }
  return [
    '# Second opinions: what other tools say of the hardened image',
    '',
    '<!-- Written by `npm run truth` with KAS_HARDEN_TEST_KHC; edit test/truth/second-opinions/, not this page. -->',
    '',
    'The image of [truth.md](truth.md) (Debian 12, all controls, SL 4) is shown to two tools that know nothing of ours.',
    'Each point where they want something else is explained; a new one without a reason makes the run fail, and so does',
    'a reason nobody needs any more.',
    '',
    '## kernel-hardening-checker',
    '',
    '| | Asked | As it wants |',
    '|---|---|---|',
    ...(['sysctl', 'cmdline', 'kconfig'] as const).map(count),
    '',
    `Both of us ask for ${shared.length} of them, and both are content: ${named(shared)}.`,
    '',
    "`kconfig` is how Debian builds its kernel, which no setting changes; who needs another builds a kernel in isar's",
    '`linux-custom`. Of the others:',
    '',
    ...kernelDifferences.map(({ names, reason }) => `- ${named(names)}: ${reason}`),
    '',
    '## systemd-analyze security',
    '',
    `Services that start and that it calls exposed (above ${exposed}):`,
    '',
    ...unitDifferences.flatMap(({ units, reason }) => {
      const here = units.filter((unit) => (exposures.get(unit) ?? 0) > exposed)
      return here.length === 0 ? [] : [`- ${named(here)}: ${reason}`]
    }),
    ''
  ].join('\n')
}
