import { readdir, readFile, stat } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HardenError } from '../base/errors.ts'
import { byCodeUnit } from '../base/text.ts'

/** The text of one control.yml and what to call it. */
export interface ControlSource {
  /** Built-in: path inside the package, the same on every machine. A user's: as the folder was given. */
  path: string
  /** Name of the folder the file lies in; must be the control's id. */
  folder: string
  text: string
  /** The text as data, when it was parsed at build time. */
  data?: unknown
}

const here = dirname(fileURLToPath(import.meta.url))
/** A control.yml above this is a mistake or an attack. */
const sizeLimit = 1024 * 1024

/**
 * The controls that come with kas-harden: from `controls.json` beside this
 * file when it is there (scripts/compile-controls.mjs wrote it into dist/),
 * else from the folders beside this file.
 * @throws HardenError `CONTROLS_MISSING` (internal) when neither is there.
 */
export async function builtInControls(): Promise<readonly ControlSource[]> {
  const compiled = join(here, 'controls.json')
  if (existsSync(compiled)) {
    const rows = JSON.parse(await readFile(compiled, 'utf8')) as {
      path: string
      text: string
      data: unknown
    }[]
    return rows.map(({ path, text, data }) => ({ ...source(path, text), data }))
  }
  const found = await controlsBelow(here)
  if (found.length === 0) {
    throw new HardenError('internal', 'CONTROLS_MISSING', 'kas-harden is installed without its controls', {
      path: here,
      hint: 'Install the package again.'
    })
  }
  return found.map(({ path, text }) => source(`lib/controls${path.slice(here.length)}`, text))
}

/**
 * Every control.yml in a folder, in its subfolders and in theirs
 * (`<id>/`, `<family>/<id>/`), sorted by path.
 * @throws HardenError `CONTROL_FOLDER` (usage) when the folder can't be read,
 *   `CONTROL_TOO_LARGE` for a file above 1 MiB.
 */
export async function controlsBelow(folder: string, depth = 2): Promise<readonly ControlSource[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new HardenError('usage', 'CONTROL_FOLDER', `Cannot read the folder of controls ${folder}`, {
      path: folder,
      hint: "Correct the entry under 'controls:' in kas-harden.yml.",
      cause: error
    })
  })
  const found: ControlSource[] = []
  for (const entry of entries.sort((a, b) => byCodeUnit(a.name, b.name))) {
    const path = join(folder, entry.name)
    if (entry.isFile() && entry.name === 'control.yml') {
      const { size } = await stat(path)
      if (size > sizeLimit) {
        throw new HardenError('usage', 'CONTROL_TOO_LARGE', `${path} is larger than 1 MiB`, { path })
      }
      found.push(source(path, await readFile(path, 'utf8')))
    } else if (entry.isDirectory() && depth > 0) {
      found.push(...(await controlsBelow(path, depth - 1)))
    }
  }
  return found
}

function source(path: string, text: string): ControlSource {
  return { path, folder: path.split('/').at(-2) ?? '', text }
}
