import { readFileSync } from 'node:fs'
import { HardenError, messageOf } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import { isMapping, type KasMapping, type KasValue, member, parseYaml, type ValuePath } from './yaml.ts'
import type { YamlDocument } from './yaml.ts'

/** One file of a kas project, parsed and checked. */
export interface KasFile {
  /** Absolute path. */
  readonly path: string
  /** The repo key it was included from; undefined for the project's own files. */
  readonly repo: string | undefined
  readonly isLockFile: boolean
  /** Version of the file format, 1 for the old '0.10'. */
  readonly version: number
  readonly content: KasMapping
  readonly document: YamlDocument
}

/** An entry of `header.includes`. */
export type Include = string | { repo: string; file: string }

/** Newest format of kas 5.5; a newer file may carry keys we know nothing of. */
export const newestFormat = 23

const topLevelKeys = [
  'header',
  'build_system',
  'defaults',
  'overrides',
  'machine',
  'distro',
  'env',
  'target',
  'task',
  'repos',
  'bblayers_conf_header',
  'local_conf_header',
  'proxy_config',
  'menu_configuration',
  'artifacts',
  'signers',
  '_source_dir',
  '_source_dir_host',
  'buildtools'
]

/**
 * Reads one kas file (.yml, .yaml or .json) and checks the parts we depend on, so that everything
 * above can trust their types. `from` says who asked for it, for the message.
 * @throws HardenError (usage) `KAS_NOT_FOUND`, `KAS_EXTENSION`, `KAS_YAML`, `KAS_NO_HEADER`,
 *   `KAS_VERSION` or `KAS_INVALID`, with path, line and column.
 */
export function readKasFile(
  path: string,
  repo: string | undefined,
  isLockFile: boolean,
  from?: string
): KasFile {
  const extension = /\.[^./]*$/.exec(path)?.[0] ?? ''
  if (!['.yml', '.yaml', '.json'].includes(extension)) {
    throw new HardenError('usage', 'KAS_EXTENSION', `${path}: kas reads only .yml, .yaml and .json files`, {
      path,
      hint: 'Check the path, or rename the file.'
    })
  }
  const document = parse(readText(path, from), path, extension)
  if (!isMapping(document.value)) {
    throw problem(
      'KAS_NO_HEADER',
      path,
      document,
      [],
      'the file is not a dictionary with a `header`',
      headerHint
    )
  }
  const content = document.value
  const version = formatVersion(content, path, document)
  const findings = checkKeys(content, path, document, version)
  const first = findings[0]
  if (first) {
    throw new HardenError('usage', 'KAS_INVALID', placed(first), { path, hint: first.hint, findings })
  }
  return { path, repo, isLockFile, version, content, document }
}

/** The includes of a file in their order. */
export function includesOf(file: KasFile): readonly Include[] {
  const includes = member(member(file.content, 'header'), 'includes')
  if (!Array.isArray(includes)) return []
  return (includes as readonly KasValue[]).map((include) =>
    typeof include === 'string'
      ? include
      : { repo: textOf(member(include, 'repo')), file: textOf(member(include, 'file')) }
  )
}

function textOf(value: KasValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

const headerHint = 'A kas file starts with `header:` and, below it, `version: 14`.'

function readText(path: string, from: string | undefined): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const what = code === 'ENOENT' ? 'there is no such kas file' : `cannot be read: ${messageOf(error)}`
    const because = from === undefined ? '' : ` (included by ${from})`
    throw new HardenError('usage', 'KAS_NOT_FOUND', `${path}: ${what}${because}`, {
      path,
      hint:
        from === undefined ? 'Check the path; several files are joined by colons.' : 'Correct the include.',
      cause: error
    })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new HardenError('usage', 'KAS_YAML', `${path}: the file is not UTF-8 text`, { path, cause: error })
  }
}

function parse(source: string, path: string, extension: string): YamlDocument {
  if (extension !== '.json') return parseYaml(source, path)
  try {
    // JSON is YAML to us for the places only; its values are what JSON says.
    const value = JSON.parse(source) as KasValue
    return { ...parseYaml(source, path), value, findings: [] }
  } catch (error) {
    if (error instanceof HardenError) throw error
    throw new HardenError('usage', 'KAS_YAML', `${path}: not valid JSON: ${messageOf(error)}`, {
      path,
      cause: error
    })
  }
}

function formatVersion(content: KasMapping, path: string, document: YamlDocument): number {
  const header = member(content, 'header')
  if (header === undefined) {
    throw problem('KAS_NO_HEADER', path, document, [], 'the file has no `header`', headerHint)
  }
  const version = member(header, 'version')
  if (version === undefined) {
    throw problem('KAS_NO_HEADER', path, document, ['header'], '`header.version` is missing', headerHint)
  }
  if (version === '0.10') return 1
  if (typeof version === 'number' && Number.isInteger(version) && version >= 1) return version
  const message = `header.version is ${JSON.stringify(version)}, not a number from 1 to ${newestFormat}`
  throw problem(
    'KAS_VERSION',
    path,
    document,
    ['header', 'version'],
    message,
    'Write for example `version: 14`.'
  )
}

function checkKeys(content: KasMapping, path: string, document: YamlDocument, version: number): Finding[] {
  const findings: Finding[] = []
  const report = (at: ValuePath, message: string, hint?: string) => {
    findings.push({ code: 'KAS_INVALID', severity: 'error', message, path, range: document.locate(at), hint })
  }
  const expect = (at: readonly string[], allowed: string, test: (value: KasValue) => boolean) => {
    const value = at.reduce<KasValue | undefined>(member, content)
    if (value !== undefined && !test(value)) report(at, `\`${at.join('.')}\` must be ${allowed}`)
  }
  for (const key of Object.keys(content)) {
    // A format newer than we know may well have new keys; kas itself decides then.
    if (!topLevelKeys.includes(key) && version <= newestFormat) {
      report([key], `kas knows no key '${key}'`, 'Check its spelling and indentation.')
    }
  }
  const isText = (value: KasValue) => typeof value === 'string'
  const isTextOrNull = (value: KasValue) => value === null || isText(value)
  for (const key of ['machine', 'distro', 'task', 'build_system', '_source_dir', '_source_dir_host']) {
    expect([key], 'text', isText)
  }
  expect(['target'], 'text or a list of texts', (value) => isText(value) || isListOf(value, isText))
  expect(['header', 'includes'], 'a list of paths or of {repo, file}', (value) =>
    isListOf(
      value,
      (item) => isText(item) || (isText(member(item, 'repo') ?? null) && isText(member(item, 'file') ?? null))
    )
  )
  for (const [key, test, what] of [
    ['local_conf_header', isText, 'text (a block after `|`)'],
    ['bblayers_conf_header', isText, 'text (a block after `|`)'],
    ['env', isTextOrNull, 'text or empty'],
    ['repos', (value: KasValue) => value === null || isMapping(value), 'a dictionary or empty']
  ] as const) {
    const value = member(content, key)
    if (value === undefined) continue
    if (!isMapping(value)) {
      report([key], `\`${key}\` must be a dictionary`)
      continue
    }
    for (const name of Object.keys(value)) expect([key, name], what, test)
  }
  return findings
}

function isListOf(value: KasValue, test: (item: KasValue) => boolean): boolean {
  return Array.isArray(value) && (value as readonly KasValue[]).every(test)
}

function placed(finding: Finding): string {
  const { path, range, message } = finding
  return `${path ?? ''}${range ? `:${range.line}:${range.column}` : ''}: ${message}`
}

function problem(
  code: string,
  path: string,
  document: YamlDocument,
  at: ValuePath,
  message: string,
  hint: string
): HardenError {
  const range = document.locate(at) ?? { line: 1, column: 1 }
  const finding: Finding = { code, severity: 'error', message, path, range, hint }
  return new HardenError('usage', code, placed(finding), { path, hint, findings: [finding] })
}
