import { HardenError } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import { byCodeUnit } from '../base/text.ts'
import { loadCatalogue } from '../catalogue/load-catalogue.ts'
import { checkReferences } from './check-references.ts'
import type { Control } from './control.ts'
import { readControlFile } from './control-file.ts'
import type { ControlFile } from './control-file.ts'
import { builtInControls, controlsBelow } from './find-controls.ts'
import type { ControlSource } from './find-controls.ts'

/** A control and where it came from. */
export interface LoadedControl extends Control {
  /** Its control.yml: inside the package for a built-in one, as given for a user's. */
  path: string
  origin: 'built-in' | 'user'
}

/** Controls in the order of their ids, and everything that is wrong with the files. */
export interface LoadedControls {
  controls: readonly LoadedControl[]
  findings: readonly Finding[]
}

interface Candidate {
  source: ControlSource
  origin: 'built-in' | 'user'
  file: ControlFile
  control: Control
}

/**
 * Reads the built-in controls and those in the user's folders. A user's
 * control with the id of a built-in one replaces it (finding
 * `CONTROL_REPLACED`, info). A file with an error gives findings and no
 * control; the caller stops when a finding is an error.
 * @param folders the user's folders, `controls:` of kas-harden.yml.
 */
export async function loadControls(folders: readonly string[] = []): Promise<LoadedControls> {
  const findings: Finding[] = []
  const chosen = new Map<string, Candidate>()

  function take(sources: readonly ControlSource[], origin: 'built-in' | 'user'): void {
    for (const source of sources) {
      const file = readControlFile(source.text, source.path, source.data)
      findings.push(...file.findings)
      if (!file.control) continue
      const candidate = { source, origin, file, control: file.control }
      findings.push(...folderName(candidate))
      const other = chosen.get(file.control.id)
      if (other) findings.push(duplicate(candidate, other))
      if (other?.origin !== origin) chosen.set(file.control.id, candidate)
    }
  }

  take(await builtInControls(), 'built-in')
  for (const folder of folders) {
    try {
      const sources = await controlsBelow(folder)
      if (sources.length === 0) findings.push(emptyFolder(folder))
      take(sources, 'user')
    } catch (error) {
      if (!(error instanceof HardenError)) throw error
      const { code, message, path, hint } = error
      findings.push({ code, severity: 'error', message, path, hint })
    }
  }

  const candidates = [...chosen.values()].sort((a, b) => byCodeUnit(a.control.id, b.control.id))
  // Built-in ones first: where two disagree, the finding points at the user's file.
  const builtInFirst = [...candidates].sort((a, b) => byCodeUnit(a.origin, b.origin))
  const files = builtInFirst.map(({ control, source, file }) => ({ control, path: source.path, file }))
  // The package's own controls were checked when it was built (test/controls); a user's can break any of them.
  const asBuilt = candidates.every(({ source, origin }) => origin === 'built-in' && source.data !== undefined)
  if (!asBuilt) findings.push(...checkReferences(files, loadCatalogue()))
  const controls = candidates.map(({ control, source, origin }) => ({
    ...control,
    path: source.path,
    origin
  }))
  return { controls, findings }
}

function folderName({ source, file, control }: Candidate): Finding[] {
  if (source.folder === control.id) return []
  return [
    {
      code: 'CONTROL_FOLDER_NAME',
      severity: 'error',
      message: `The control '${control.id}' lies in a folder named '${source.folder}'`,
      path: source.path,
      range: file.rangeOf(['id']),
      hint: `Name the folder '${control.id}'.`
    }
  ]
}

function duplicate(candidate: Candidate, other: Candidate): Finding {
  const { id } = candidate.control
  const range = candidate.file.rangeOf(['id'])
  const path = candidate.source.path
  if (candidate.origin !== other.origin) {
    const message = `The control '${id}' replaces the built-in one`
    return { code: 'CONTROL_REPLACED', severity: 'info', message, path, range }
  }
  return {
    code: 'CONTROL_DUPLICATE',
    severity: 'error',
    message: `The control '${id}' is declared twice; the first one is ${other.source.path}`,
    path,
    range,
    hint: 'Give one of them another id.'
  }
}

function emptyFolder(folder: string): Finding {
  return {
    code: 'CONTROL_FOLDER_EMPTY',
    severity: 'warning',
    message: `No control.yml in ${folder}`,
    path: folder,
    hint: 'A control lies in <folder>/<id>/control.yml or <folder>/<family>/<id>/control.yml.'
  }
}
