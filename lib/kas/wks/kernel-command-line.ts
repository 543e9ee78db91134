import { basename, relative } from 'node:path'
import type { Finding } from '../../base/finding.ts'
import type { Origin } from '../bitbake-parse.ts'
import type { KasProject } from '../kas-project.ts'
import { findWks, includedWks } from './find-wks.ts'
import { imageConf, type ImageConf } from './image-conf.ts'
import { type WksLine, wksLines } from './lines.ts'
import { spliceWks } from './splice.ts'
import { pluginsWithArguments } from './takes-arguments.ts'

/** A copy of the project's disk layout with our kernel arguments. */
export interface WksCopy {
  /** The image recipe it is for. */
  image: string
  machine: string
  /** The file it comes from, relative to the project where it lies there. */
  source: string
  /** WKS_FILE without us. */
  original: string
  /** Its own name: `<name>-kas-harden.wks` or `.wks.in`. */
  name: string
  text: string
}

/** Copies for the images whose layout is known, and why there is none for the others. */
export interface KernelCommandLine {
  copies: readonly WksCopy[]
  findings: readonly Finding[]
}

/**
 * How the kernel arguments reach each image of a project: isar has no variable for them, they stand in the
 * `bootloader` statement of the .wks file. Nothing is guessed: where a file is missing or the arguments would
 * reach nothing, a finding names the place and the line to add.
 * @param confOf the configuration of an image, where the caller has it already.
 */
export function kernelCommandLine(
  project: KasProject,
  args: readonly string[],
  confOf: (image: string) => ImageConf = (image) => imageConf(project, image)
): KernelCommandLine {
  if (args.length === 0) return { copies: [], findings: [] }
  const results = imagesOf(project).map((image) => forImage(project, image, args, confOf))
  const copies = new Map(
    results.flatMap((one) => one.copies).map((copy) => [`${copy.machine} ${copy.image}`, copy] as const)
  )
  return { copies: [...copies.values()], findings: results.flatMap((one) => one.findings) }
}

/** Recipes among the targets: `mc:x:isar-image-base` is `isar-image-base`, `isar-image-base:do_rootfs` too. */
export function imagesOf(project: Pick<KasProject, 'targets'>): string[] {
  const names = project.targets.map((target) => {
    const parts = target.split(':')
    return (parts[0] === 'mc' || parts[0] === 'multiconfig' ? parts[2] : parts[0]) ?? target
  })
  return [...new Set(names)]
}

function forImage(
  project: KasProject,
  image: string,
  args: readonly string[],
  confOf: (image: string) => ImageConf
): KernelCommandLine {
  const line = `bootloader --append="${args.join(' ')}"`
  const none = (code: string, message: string, at: Origin | undefined, hint: string): KernelCommandLine => ({
    copies: [],
    findings: [
      {
        code,
        severity: 'warning',
        message: `${image}: ${message}`,
        path: at?.path,
        range: at ? { line: at.line, column: 1 } : undefined,
        hint
      }
    ]
  })
  if (project.targets.some((target) => /^(?:mc|multiconfig):/.test(target))) {
    return none(
      'WKS_MULTICONFIG',
      'the target names a multiconfig, which has a machine of its own; its .wks file is not looked for.',
      project.placeOf(['target']),
      `Add to the bootloader line of its .wks file: ${line}`
    )
  }
  const conf = confOf(image)
  if (conf.unknown !== undefined || project.machine === undefined) {
    return none(
      'WKS_UNRESOLVED',
      `which .wks file it is made by is not known: ${conf.unknown ?? 'the machine'} is not on this machine.`,
      project.placeOf(['target']),
      `Run \`kas checkout ${project.chain}\` and apply again; until then the kernel arguments are missing: ${args.join(' ')}`
    )
  }
  const wks = findWks(conf)
  if ('reason' in wks) {
    return none(
      'WKS_NONE',
      `${wks.reason}, so the kernel command line is set by whatever starts the kernel.`,
      wks.origin ?? project.placeOf(['machine']),
      `Add there: ${args.join(' ')}`
    )
  }
  const statements = wksLines(wks.text)
  const included = includes(conf, statements)
  const elsewhere = included.find(({ words }) => words?.[0]?.value === 'bootloader')
  if (elsewhere) {
    return none(
      'WKS_INCLUDED',
      'the bootloader statement stands in a file that the .wks includes.',
      elsewhere,
      `Add there to --append: ${args.join(' ')}`
    )
  }
  const bootloader = statements.find(({ words }) => words?.[0]?.value === 'bootloader')
  const here = { path: wks.path, line: bootloader?.line ?? 1 }
  if (pluginsWithArguments([...statements, ...included], conf.layers).length === 0) {
    return none(
      'WKS_NO_ARGUMENTS',
      'no partition of this .wks takes kernel arguments; the board’s firmware or a boot script sets them.',
      here,
      `Add them there: ${args.join(' ')}`
    )
  }
  const spliced = spliceWks(wks.text, args)
  if ('refused' in spliced) {
    const at = { path: wks.path, line: spliced.line }
    const where =
      spliced.refused === 'configfile' ? 'Add to its kernel lines' : `Add to the file: ${line}, or only`
    return none('WKS_REFUSED', `${spliced.reason}.`, at, `${where}: ${args.join(' ')}`)
  }
  const ending = wks.path.endsWith('.in') ? '.wks.in' : '.wks'
  const inProject = !relative(project.root, wks.path).startsWith('..')
  return {
    copies: [
      {
        image,
        machine: project.machine,
        source: inProject ? relative(project.root, wks.path) : basename(wks.path),
        original: wks.value,
        name: `${basename(wks.path, ending)}-kas-harden${ending}`,
        text: spliced.text
      }
    ],
    findings: spliced.replaced.map(({ from, to }) => ({
      code: 'CMDLINE_CONFLICT',
      severity: 'warning',
      message: `${image}: the .wks file says ${from}; the copy in our layer says ${to}.`,
      path: wks.path,
      range: { line: spliced.line, column: 1 },
      hint: `Remove ${from} there, or leave out the control that needs ${to}.`
    }))
  }
}

/** All statements of included files, each with the file it stands in. */
function includes(
  conf: ImageConf,
  statements: readonly WksLine[],
  depth = 0
): (WksLine & { path: string })[] {
  if (depth > 5) return []
  return statements
    .filter(({ words }) => words?.[0]?.value === 'include')
    .flatMap(({ words }) => {
      const file = includedWks(conf.layers, words?.[1]?.value ?? '')
      if (file === undefined) return []
      const inner = wksLines(file.text)
      return [...inner.map((one) => ({ ...one, path: file.path })), ...includes(conf, inner, depth + 1)]
    })
}
