import { join } from 'node:path'
import { type BbLayers, readIfThere } from './bb-layers.ts'
import { isarRoots } from './find-wks.ts'
import { optionOf, type WksLine } from './lines.ts'

/** Plugins that hand the work to another one by python's loader. */
const delegating: readonly string[] = ['bootimg-biosplusefi', 'bootimg-biosplusefi-isar']

/**
 * The source plugins among these statements that write `bootloader --append` into something that boots: those
 * whose text uses `bootloader.append`. A plugin that is on no layer's path is taken for one that does.
 */
export function pluginsWithArguments(lines: readonly WksLine[], layers: BbLayers): string[] {
  const folders = [...layers.path, ...isarRoots(layers)].map((layer) => join(layer, pluginFolder))
  return lines
    .filter(({ words }) => words?.[0]?.value === 'part')
    .filter(({ words }) => {
      const name = optionValue(words!, '--source', '--source')
      if (name === undefined) return false
      if (delegating.includes(name)) return true
      // It writes a command line for U-Boot only (bootimg-partition.py).
      if (name === 'bootimg-partition') {
        return /(?:^|,)loader=u-boot(?:,|$)/.test(optionValue(words!, '--sourceparams', '--sourcep') ?? '')
      }
      const text = folders
        .map((folder) => readIfThere(join(folder, `${name}.py`)))
        .find((one) => one !== undefined)
      return text === undefined || /\bbootloader\.append\b/.test(text)
    })
    .map(({ words }) => optionValue(words!, '--source', '--source')!)
}

const pluginFolder = 'scripts/lib/wic/plugins/source'

function optionValue(
  words: NonNullable<WksLine['words']>,
  name: string,
  shortest: string
): string | undefined {
  const found = optionOf(words, name, shortest)
  return found === undefined || found === 'incomplete' ? undefined : found.word.value.slice(found.from)
}
