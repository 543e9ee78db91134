import type { KasProject } from './kas-project.ts'

/** One line of local.conf and the line of the user's file it comes from. */
export interface ConfLine {
  text: string
  /** Path of the kas file, or a word like `kas` for a line kas itself adds. */
  path: string
  /** 1-based. */
  line: number
}

/**
 * The local.conf kas writes for this project (kas: `WriteBBConfig`): the header blocks sorted by key, each
 * behind a `# key` line, then kas' own weak defaults of MACHINE and DISTRO. Every line knows its origin.
 * Without machine or distro their lines are left out, where kas would write its OpenEmbedded defaults.
 */
export function localConfLines(
  project: Pick<KasProject, 'headers' | 'defaults' | 'targets' | 'buildSystem' | 'placeOf' | 'chainFiles'>
): ConfLine[] {
  const lines: ConfLine[] = []
  for (const block of project.headers) {
    lines.push({ text: `# ${block.key}`, path: block.path, line: block.line })
    // kas adds a line break after the text, so a block that ends with one gives an empty line, too.
    block.text.split('\n').forEach((text, index) => {
      lines.push({ text, path: block.path, line: block.lineOf(index) })
    })
  }
  const own = (key: string, text: string) => {
    const place = project.placeOf([key]) ?? { path: project.chainFiles[0] ?? 'kas', line: 1 }
    lines.push({ text, ...place })
  }
  const { machine, distro } = project.defaults
  if (machine !== undefined) own('machine', `MACHINE ??= "${machine}"`)
  if (distro !== undefined) own('distro', `DISTRO ??= "${distro}"`)
  own('target', `BBMULTICONFIG ?= "${multiconfigs(project.targets).join(' ')}"`)
  if (project.buildSystem === 'isar-rootless') own('build_system', 'ISAR_ROOTLESS ?= "1"')
  return lines
}

/** The text of `localConfLines`, byte for byte what kas writes. */
export function localConfText(lines: readonly ConfLine[]): string {
  return lines.map((line) => `${line.text}\n`).join('')
}

/** The multiconfigs that targets like `mc:qemuamd64-bookworm:isar-image-base` name, each once. */
function multiconfigs(targets: readonly string[]): string[] {
  const names = targets
    .filter((target) => /^(?:mc|multiconfig):/.test(target))
    .map((target) => target.split(':')[1] ?? '')
  return [...new Set(names)]
}
