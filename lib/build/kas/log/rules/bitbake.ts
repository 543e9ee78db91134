import type { FailedBuild } from '../../diagnosis.ts'
import type { Explanation, Match, Rule } from './rule.ts'

const where = ['kas'] as const

/** A place in the configuration: the kas file for the generated local.conf, else the file itself. */
function inFile({ groups }: Match, failed: FailedBuild, what: string): Explanation {
  const file = groups['file'] ?? ''
  const line = Number(groups['line'] ?? 1)
  const origin = /(?:^|\/)conf\/local\.conf$/.test(file) ? failed.confOrigin(line) : undefined
  if (origin === undefined) {
    return { message: `${what} in ${failed.hostPath(file)}:${String(line)}`, path: failed.hostPath(file), range: { line, column: 1 } }
  }
  const owner = origin.ours ? 'kas-harden wrote' : 'is of this project'
  return {
    message: `${what} in the block ${origin.key} of local_conf_header, which ${owner}`,
    path: origin.path,
    range: { line: origin.line, column: 1 }
  }
}

/** The configuration or a recipe can't be read, or something is asked for that no recipe makes. */
export const bitbakeRules: readonly Rule[] = [
  {
    code: 'OLD_OVERRIDE_SYNTAX',
    kind: 'build',
    where,
    rank: 5,
    patterns: [
      /^ERROR: Variable (?<name>\S+) file: (?<file>\S+) line: (?<line>\d+) contains an operation using the old override syntax/
    ],
    explain: (first, _all, failed) => {
      const name = first.groups['name'] ?? ''
      return {
        ...inFile(first, failed, `${name} uses the override syntax of before isar v0.10`),
        hint: `write ${name.replace(/_(append|prepend|remove)(?=_|$)/, ':$1').replace(/(:\w+)_(?=\w)/, '$1:')}`
      }
    }
  },
  {
    code: 'PARSE_ERROR',
    kind: 'build',
    where,
    rank: 5,
    patterns: [/ParseError at (?<file>\S+?):(?<line>\d+): (?<what>.*)$/, /ParseError in (?<file>\S+?): (?<what>.*)$/],
    explain: (first, _all, failed) => ({
      ...inFile(first, failed, `BitBake can't read this: ${first.groups['what'] ?? ''}`),
      hint: 'look for a missing quote or a line that is no assignment'
    })
  },
  {
    code: 'NOTHING_PROVIDES',
    kind: 'build',
    where,
    rank: 5,
    patterns: [/^ERROR: Nothing R?PROVIDES '(?<name>[^']+)'(?: \(but (?<by>\S+) R?DEPENDS on or otherwise requires it)?/],
    explain: ({ groups }, _all, failed) => {
      const by = groups['by']
      if (by === undefined) {
        return {
          message: `there is no recipe for the target ${groups['name'] ?? ''}`,
          hint: 'check target: in the kas file (or KAS_TARGET), and that the layer which has the recipe is under repos:'
        }
      }
      return {
        message: `no recipe makes ${groups['name'] ?? ''}, which ${by.slice(by.lastIndexOf('/') + 1)} wants`,
        hint:
          'IMAGE_INSTALL takes isar recipes; a plain Debian package belongs into IMAGE_PREINSTALL. For a recipe, add ' +
          'its layer under repos:',
        path: failed.hostPath(by)
      }
    }
  },
  {
    code: 'LAYER_SERIES',
    kind: 'build',
    where,
    rank: 5,
    patterns: [
      /^ERROR: Layer (?<name>\S+) is not compatible with the core layer which only supports these series: (?<core>.*?) \(layer is compatible with (?<has>.*)\)/
    ],
    explain: ({ groups }) => ({
      message: `layer ${groups['name'] ?? ''} is made for ${groups['has'] ?? ''}, this isar for ${groups['core'] ?? ''}`,
      hint: `take the version of the layer that fits this isar, or correct LAYERSERIES_COMPAT_${groups['name'] ?? ''} in its conf/layer.conf ("v0.6 next" fits every isar since v0.8)`
    })
  },
  {
    code: 'LAYER_DEPENDENCY',
    kind: 'build',
    where,
    rank: 5,
    patterns: [/^ERROR: Layer '(?<name>[^']+)' depends on (?:version \S+ of )?layer '(?<need>[^']+)', but (?<why>.*)$/],
    explain: ({ groups }) => ({
      message: `layer ${groups['name'] ?? ''} needs layer ${groups['need'] ?? ''}, but ${groups['why'] ?? ''}`,
      hint: 'add the repository that has this layer under repos: of the kas file, and the layer to its layers:'
    })
  },
  {
    code: 'LAYER_MISSING',
    kind: 'build',
    where,
    rank: 5,
    patterns: [/^ERROR: +(?<path>\/\S+)$/],
    explain: ({ groups }, _all, failed) => ({
      message: `the kas file names a layer that does not exist: ${failed.hostPath(groups['path'] ?? '')}`,
      hint: 'correct layers: of its repository; a layer is a folder with conf/layer.conf'
    })
  }
]
