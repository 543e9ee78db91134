import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { formatFinding } from '../base/code-frame.ts'
import { HardenError, messageOf } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import type { Io } from '../base/io.ts'
import type { ProjectConfig } from './config.ts'
import { parseProjectConfig } from './parse.ts'

/** A configuration that can be used; its findings are warnings at most. */
export interface LoadedConfig {
  config: ProjectConfig
  findings: readonly Finding[]
}

/** Name of the project's own file. */
export const configFileName = 'kas-harden.yml'

/**
 * Loads kas-harden.yml. Without `path` it is looked for in the current directory, and its absence means that
 * everything has its default.
 * @throws HardenError (usage) `CONFIG_NOT_FOUND`, or `CONFIG_INVALID` with every problem as a finding and, in the
 *   message, its file:line:column and a code frame.
 */
// eslint-disable-next-line @typescript-eslint/require-await -- reading may become asynchronous
export async function loadProjectConfig(
  path: string | undefined,
  io: Pick<Io, 'cwd'>
): Promise<LoadedConfig> {
  const file = resolve(io.cwd, path ?? configFileName)
  let source: string
  try {
    source = readFileSync(file, 'utf8')
  } catch (error) {
    if (path === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return emptyConfig(io.cwd)
    throw new HardenError('usage', 'CONFIG_NOT_FOUND', `${file} cannot be read: ${messageOf(error)}`, {
      path: file,
      hint: 'Check the path given with --config.',
      cause: error
    })
  }
  const { config, findings } = parseProjectConfig(source, file, dirname(file))
  if (config) return { config, findings }
  const text = findings.map((finding) => formatFinding(finding, source)).join('\n')
  throw new HardenError('usage', 'CONFIG_INVALID', text, { path: file, findings })
}

function emptyConfig(directory: string): LoadedConfig {
  const { config } = parseProjectConfig('', '', directory)
  if (!config) throw new HardenError('internal', 'CONFIG_DEFAULT', 'The empty configuration is not valid.')
  return { config: { ...config, path: undefined }, findings: [] }
}
