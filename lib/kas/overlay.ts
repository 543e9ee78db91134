import { HardenError } from '../base/errors.ts'
import { byCodeUnit } from '../base/text.ts'

/** What an overlay of ours says. */
export interface Overlay {
  /** Format version; 14 is what isar's own files use. */
  version: number
  /** Comment lines below the licence. */
  title: readonly string[]
  /** Includes relative to the repository's root, or from another repo. */
  includes?: readonly (string | { repo: string; file: string })[]
  /** Without url and commit: layers relative to the repository that holds the overlay. */
  repos?: Readonly<Record<string, OverlayRepo>>
  /** Lines of local.conf by key; the prefix is added where it is missing. */
  blocks: Readonly<Record<string, readonly string[]>>
}

/** A repo of an overlay and its layers. */
export interface OverlayRepo {
  url?: string
  commit?: string
  layers: readonly string[]
}

/** Key of the repo that holds our layer when it comes from git: kas checks it out below KAS_WORK_DIR by this name. */
export const layerRepo = 'kas-harden-layer'

/** Our keys: behind the user's own in kas' sorted order, and impossible to hit by chance. */
export const overlayKeyPrefix = 'zz-kas-harden-'

const schema = 'https://raw.githubusercontent.com/siemens/kas/master/kas/schema-kas.json'

/**
 * The text of a kas file with our settings. Same input, same bytes; blocks are sorted by key, as kas reads them.
 * @throws HardenError `OVERLAY_TEXT` (internal) for text YAML could read otherwise than meant.
 */
export function renderOverlay(overlay: Overlay): string {
  const lines = [
    `# yaml-language-server: $schema=${schema}`,
    '# SPDX-License-Identifier: Apache-2.0',
    ...overlay.title.map((line) => `# ${checkedLine(line)}`.trimEnd()),
    'header:',
    `  version: ${overlay.version}`
  ]
  if (overlay.includes && overlay.includes.length > 0) {
    lines.push('  includes:')
    for (const include of overlay.includes) {
      if (typeof include === 'string') lines.push(`    - ${quoted(include)}`)
      else lines.push(`    - repo: ${quoted(include.repo)}`, `      file: ${quoted(include.file)}`)
    }
  }
  const repos = Object.entries(overlay.repos ?? {}).sort(([a], [b]) => byCodeUnit(a, b))
  if (repos.length > 0) lines.push('repos:')
  for (const [name, { url, commit, layers }] of repos) {
    lines.push(`  ${quoted(name)}:`)
    if (url !== undefined) lines.push(`    url: ${quoted(url)}`)
    if (commit !== undefined) lines.push(`    commit: ${JSON.stringify(commit)}`)
    lines.push('    layers:', ...layers.map((layer) => `      ${quoted(layer)}:`))
  }
  const keys = Object.keys(overlay.blocks).sort((a, b) => byCodeUnit(prefixed(a), prefixed(b)))
  if (keys.length > 0) lines.push('local_conf_header:')
  for (const key of keys) lines.push(...block(prefixed(key), overlay.blocks[key] ?? []))
  return `${lines.join('\n')}\n`
}

/**
 * A value for a BitBake assignment, with its double quotes.
 * @throws HardenError `OVERLAY_TEXT` (usage) when BitBake could read it otherwise than meant: it holds a double
 *   quote, a line break or another control character, or `${`, or it ends with a backslash.
 */
export function bitbakeString(value: string): string {
  // eslint-disable-next-line no-control-regex
  const bad = /"|\$\{|[\u0000-\u001f\u007f]|\\$/.exec(value)?.[0]
  if (bad === undefined) return `"${value}"`
  throw new HardenError(
    'usage',
    'OVERLAY_TEXT',
    `BitBake cannot hold ${JSON.stringify(bad)} in the value ${JSON.stringify(value)}.`,
    {
      hint: 'Use a value without double quotes, line breaks and ${.'
    }
  )
}

function prefixed(key: string): string {
  return key.startsWith(overlayKeyPrefix) ? key : overlayKeyPrefix + key
}

function block(key: string, lines: readonly string[]): string[] {
  if (!/^[a-z0-9-]+$/.test(key)) throw unsafe(`the key ${JSON.stringify(key)}`)
  // A first line with blanks would set the indentation of the whole block.
  const first = lines.find((line) => line.trim() !== '')
  if (first === undefined || lines[0]?.trim() === '' || /^\s/.test(first))
    throw unsafe(`the first line of ${key}`)
  return [`  ${key}: |`, ...lines.map((line) => `    ${checkedLine(line)}`.trimEnd())]
}

function quoted(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text)
    ? text
    : JSON.stringify(checkedLine(text))
}

function checkedLine(line: string): string {
  if (/[^\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}\t]|[\u2028\u2029\ufeff]/u.test(line)) {
    throw unsafe(`the line ${JSON.stringify(line)}`)
  }
  return line
}

function unsafe(what: string): HardenError {
  return new HardenError('internal', 'OVERLAY_TEXT', `An overlay cannot hold ${what}.`)
}
