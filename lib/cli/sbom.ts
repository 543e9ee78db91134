import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import { formatFinding } from '../base/code-frame.ts'
import type { CliContext } from './context.ts'

interface Options {
  output?: string
  spec: '1.6' | '1.7'
  supplier?: string
  manufacturer?: string
  distro?: string
}

/** `kas-harden sbom`: CycloneDX of an image. */
export function addSbom(program: Command, context: CliContext): void {
  program
    .command('sbom')
    .summary('write a CycloneDX SBOM of an image')
    .description(
      'Reads a directory, tar (.gz, .xz, .zst), ext4, .wic or a dpkg status file. SOURCE_DATE_EPOCH gives the time stamp.'
    )
    .argument('<image>', 'the image')
    .option('-o, --output <file>', 'where it goes; - is standard output', '-')
    .addOption(new Option('--spec <version>', 'version of CycloneDX').choices(['1.6', '1.7']).default('1.7'))
    .option('--supplier <name>', 'who supplies the image')
    .option('--manufacturer <name>', 'who made the image')
    .option('--distro <name>', 'distribution of a bare dpkg status file: debian-12')
    .action(async (image: string, options: Options) => {
      const { io } = context
      const { describeImage } = await import('../flow/describe-image.ts')
      const sbom = await describeImage(resolve(io.cwd, image), io, {
        spec: options.spec,
        distro: options.distro,
        supplier: options.supplier ? { name: options.supplier } : undefined,
        manufacturer: options.manufacturer ? { name: options.manufacturer } : undefined
      })
      for (const finding of sbom.findings) io.stderr.write(formatFinding(finding) + '\n')
      if (!options.output || options.output === '-') {
        io.stdout.write(sbom.json)
        return
      }
      const { writeWhole } = await import('../base/files.ts')
      await writeWhole(resolve(io.cwd, options.output), sbom.json)
      io.stderr.write(
        `${options.output}: ${sbom.componentCount} components, ${sbom.dependencyCount} dependencies\n`
      )
    })
}
