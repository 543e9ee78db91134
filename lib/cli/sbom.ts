import type { Command } from 'commander'
import { Option } from 'commander'
import { resolve } from 'node:path'
import { formatFinding } from '../base/code-frame.ts'
import { exitCodes } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import type { Io } from '../base/io.ts'
import { plainText } from '../base/text.ts'
import type { Organization, SbomOptions } from '../../sbom/options.ts'
import { writeJson, type CliContext } from './context.ts'
import type { SbomJson } from './results.ts'
import { addSbomCheck } from './sbom-check.ts'
import { addSbomDiff } from './sbom-diff.ts'

interface Options {
  output?: string
  spec: '1.6' | '1.7'
  format: 'json' | 'xml'
  supplier?: string
  manufacturer?: string
  imageVersion?: string
  distro?: string
  debDir?: string[]
  packages?: string[]
  lock?: string
  archiveUrl?: string
  licenses: boolean
  imageHash: boolean
  recommends?: boolean
  /** A path; false to compare with none. */
  compare?: string | false
  validate?: boolean
  json?: boolean
}

/** `kas-harden sbom`: CycloneDX of an image; `sbom check` and `sbom diff` read what anybody wrote. */
export function addSbom(program: Command, context: CliContext): void {
  const command = program
    .command('sbom')
    .summary('write a CycloneDX SBOM of an image; check and compare SBOMs')
    .description(
      'Reads a directory, tar (.gz, .xz, .zst), ext4, squashfs, erofs, .wic, .swu, container image or dpkg status file. SOURCE_DATE_EPOCH gives the time stamp.'
    )
    .argument('<image>', 'the image')
    .option('-o, --output <file>', 'where it goes; - is standard output', '-')
    .addOption(new Option('--spec <version>', 'version of CycloneDX').choices(['1.6', '1.7']).default('1.7'))
    .addOption(new Option('--format <name>', 'how it is written').choices(['json', 'xml']).default('json'))
    .option('--supplier <name>', 'who supplies the image')
    .option(
      '--manufacturer <name>',
      'who made the image: "ACME GmbH <psirt@acme.example>", or a url in the brackets'
    )
    .option(
      '--image-version <text>',
      'version of the image (default: what its os-release says, else its date)'
    )
    .option('--distro <name>', 'distribution of a bare dpkg status file: debian-12')
    .option('--deb-dir <directory...>', 'the .deb files the image was made from, for SHA-512')
    .option('--packages <file...>', "the archive's Packages indexes, for SHA-256 and addresses")
    .option('--lock <file>', 'lock file of the embedded engine, for SHA-256')
    .option('--archive-url <url>', 'address of the archive the paths of --packages start at')
    .option('--no-licenses', 'leave licences and copyright out')
    .option('--recommends', 'draw dependencies to recommended packages too, where they are installed')
    .option(
      '--compare <file>',
      "another SBOM of this image; exit 1 when its packages differ (default: isar's .cdx.json beside the image)"
    )
    .option('--no-compare', "do not look for isar's .cdx.json beside the image")
    .option('--no-image-hash', 'leave the SHA-512 of the image out: its whole file need not be read')
    .option('--validate', 'check the document against the schema of CycloneDX')
    .option('--json', 'with -o: what was found, for machines (schemas/sbom.schema.json)')
    .action(async (image: string, options: Options) => {
      const { io } = context
      const { describeImage } = await import('../flow/describe-image.ts')
      const sbom = await describeImage(resolve(io.cwd, image), io, await sbomOptions(options, io))
      const result: SbomJson = {
        output: options.output ?? '-',
        components: sbom.componentCount,
        dependencies: sbom.dependencyCount,
        findings: sbom.findings
      }
      for (const finding of sbom.findings) io.stderr.write(formatFinding(finding) + '\n')
      const differences = await differencesOf(sbom.json, resolve(io.cwd, image), options, io)
      for (const finding of differences) io.stderr.write(formatFinding(finding) + '\n')
      if (differences.some(({ severity }) => severity === 'error')) context.exitCode = exitCodes.gate
      if (options.validate) {
        const { validateSbom } = await import('../../sbom/validate.ts')
        const problems = await validateSbom(sbom.json)
        result.problems = problems
        for (const problem of problems) io.stderr.write(`not valid: ${problem}\n`)
        if (problems.length > 0) context.exitCode = exitCodes.gate
      }
      const written =
        options.format === 'xml' ? (await import('../../sbom/xml.ts')).toXml(sbom.json) : sbom.json
      if (!options.output || options.output === '-') {
        io.stdout.write(written)
        return
      }
      const { writeWhole } = await import('../base/files.ts')
      await writeWhole(resolve(io.cwd, options.output), written)
      if (options.json) writeJson(io, result)
      else
        io.stderr.write(
          `${options.output}: ${sbom.componentCount} components, ${sbom.dependencyCount} dependencies\n`
        )
    })
  addSbomCheck(command, context)
  addSbomDiff(command, context)
}

/** What differs between our document and another of the same image, the one named or isar's. */
async function differencesOf(
  own: string,
  image: string,
  { compare }: Options,
  io: Io
): Promise<readonly Finding[]> {
  if (compare === false) return []
  const { compareWithIsar, findIsarSbom } = await import('../flow/isar-sbom.ts')
  if (compare === undefined) {
    const found = await findIsarSbom(image)
    if (!found) return []
    const findings = await compareWithIsar(own, found)
    if (findings.every(({ severity }) => severity !== 'error')) {
      io.stderr.write(`isar's SBOM names the same packages: ${plainText(found.path)}\n`)
    }
    return findings
  }
  const { compareWithImage } = await import('../../sbom/compare.ts')
  const { readText } = await import('./read-text.ts')
  const holdsMore = compare.endsWith('.wic.cdx.json')
  return compareWithImage(own, await readText(resolve(io.cwd, compare)), compare, { holdsMore })
}

async function sbomOptions(options: Options, io: Io): Promise<SbomOptions> {
  const { readText } = await import('./read-text.ts')
  const packagesIndexes: string[] = []
  for (const path of options.packages ?? []) packagesIndexes.push(await readText(resolve(io.cwd, path)))
  const lock =
    options.lock === undefined
      ? undefined
      : await (await import('../build/lock-file.ts')).readLockFile(resolve(io.cwd, options.lock))
  return {
    spec: options.spec,
    distro: options.distro,
    supplier: organization(options.supplier),
    manufacturer: organization(options.manufacturer),
    version: options.imageVersion,
    debDirectory: options.debDir?.map((directory) => resolve(io.cwd, directory)),
    packagesIndexes: options.packages === undefined ? undefined : packagesIndexes,
    debs: lock?.packages,
    archiveUrl: options.archiveUrl,
    licenses: options.licenses,
    imageHash: options.imageHash,
    recommends: options.recommends
  }
}

/** `Name`, `Name <mail>` or `Name <url>`. */
function organization(text: string | undefined): Organization | undefined {
  if (!text) return undefined
  const [, name = text, address] = /^(.*\S)\s*<([^<>]+)>$/.exec(text) ?? []
  if (address === undefined) return { name }
  return /^https?:/.test(address) ? { name, url: address } : { name, email: address }
}
