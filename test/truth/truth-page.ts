import { survivors, type TruthFigures } from './figures.ts'
import { mutationClasses, type Harmless, type Mutation } from './mutation.ts'

/** docs/truth.md. */
export function truthPage(
  figures: readonly TruthFigures[],
  mutations: readonly Mutation[],
  harmless: readonly Harmless[]
): string {
  const rows = figures.map(({ release, results, judgements }) => {
    const byName = new Map(judgements.map((one) => [one.name, one]))
    const run = mutations.flatMap(({ name }) => byName.get(name) ?? []).filter(({ concerned }) => concerned)
    const calm = harmless.flatMap(({ name }) => byName.get(name) ?? [])
    const seen = run.filter(({ missed }) => missed.length === 0).length
    const alarms = [...run, ...calm].filter(({ falseAlarms }) => falseAlarms.length > 0).length
    const without = survivors(results, judgements).length
    return `| ${release} | ${results.length} | ${run.length} | ${seen} | ${calm.length} | ${alarms} | ${without} |`
  })
  const classes = mutationClasses.map(
    (name) => `| ${name} | ${mutations.filter((one) => one.class === name).length} |`
  )
  return [
    '# Truth: can the checks be fooled?',
    '',
    '<!-- Written by `npm run truth`; edit test/truth/, not this page. -->',
    '',
    'The hardened example is built for all component types at SL 4, so that every control is in it, and passes every',
    'check. Then one change at a time is laid over it, and exactly the checks it concerns must fail: a check that sees',
    'nothing is *missed*, one that fails although it is not concerned is a *false alarm*. Harmless changes (comments,',
    'white space, order, other spellings of the same value) must change nothing.',
    '',
    '| Release | Checks and packages | Defeating changes | Seen | Harmless changes | With false alarms | Checks without a defeating change |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    '| Class of change | Changes |',
    '|---|---|',
    ...classes,
    ''
  ].join('\n')
}
