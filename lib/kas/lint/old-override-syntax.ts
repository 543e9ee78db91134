import { bitbakeVersion } from './context.ts'
import type { LintRule } from './rule.ts'
import { hitsInLayers } from './search.ts'

/** Override syntax that this isar does not understand, or ours that an old isar does not. */
export const oldOverrideSyntax: LintRule = {
  code: 'LINT_OLD_OVERRIDE_SYNTAX',
  title: 'Override syntax of another BitBake',
  severity: 'error',
  requirement: [],
  why: 'Since isar v0.10 (BitBake 2.0) `_append` is part of a name: the line sets a variable nobody reads.',
  fix: 'Write :append, :prepend, :remove.',
  find(context) {
    const { parsed, isar, project } = context
    const version = bitbakeVersion(isar)
    if (version !== undefined && before152(version)) {
      const at = project.placeOf(['repos', isar?.key ?? 'isar']) ?? {
        path: project.chainFiles[0] ?? 'kas',
        line: 1
      }
      const message = `this isar has BitBake ${version}, which does not know the :append of our overlays`
      return [{ message, at, fix: 'Take isar v0.10 or newer.' }]
    }
    const inConf = parsed.findings
      .filter((finding) => finding.code === 'BITBAKE_OLD_OVERRIDE')
      .map(({ message, path, range, hint }) => ({
        message,
        at: { path: path ?? '', line: range?.line ?? 1 },
        fix: hint
      }))
    const inLayers = hitsInLayers(
      context,
      /\.(?:bb|bbappend|bbclass|inc|conf)$/,
      /^([A-Z][A-Z0-9_]*_(?:append|prepend|remove)(?:_[a-z0-9-]+)*)\s*\??[+.:]?=/,
      (match) => `old override syntax: ${match[1] ?? ''}`
    )
    return [...inConf, ...inLayers]
  }
}

function before152(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < 1 || (major === 1 && minor < 52)
}
