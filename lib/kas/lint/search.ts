import type { LintContext } from './context.ts'
import type { Hit } from './rule.ts'

/** A hit for every line of the layers' files with `name` in their path that matches `line`. */
export function hitsInLayers(
  { layers }: Pick<LintContext, 'layers'>,
  name: RegExp,
  line: RegExp,
  message: (match: RegExpExecArray) => string
): Hit[] {
  return layers
    .filter(({ path }) => name.test(path))
    .flatMap(({ path, lines }) =>
      lines.flatMap((text, index) => {
        const match = line.exec(text)
        return match ? [{ message: message(match), at: { path, line: index + 1 } }] : []
      })
    )
}
