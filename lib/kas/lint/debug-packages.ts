import { packagesOfImages } from './image-recipes.ts'
import type { LintRule } from './rule.ts'

/** Services that let people in without proving who they are. */
const openDoors: readonly string[] = [
  'telnetd',
  'inetutils-telnetd',
  'telnetd-ssl',
  'rsh-server',
  'rsh-redone-server',
  'tftpd',
  'tftpd-hpa',
  'atftpd',
  'tcf-agent',
  'ftpd',
  'inetutils-ftpd',
  'gdbserver'
]
/** Tools of development that help an intruder more than an operator. */
const tools: readonly string[] = [
  'gdb',
  'strace',
  'ltrace',
  'tcpdump',
  'tshark',
  'nmap',
  'netcat',
  'netcat-openbsd',
  'netcat-traditional',
  'socat',
  'build-essential',
  'gcc',
  'g++',
  'make',
  'valgrind',
  'perf',
  'linux-perf',
  'bpftrace',
  'openocd',
  'kexec-tools'
]

/** Packages for development in what is shipped. */
export const debugPackages: LintRule = {
  code: 'LINT_DEBUG_PACKAGE',
  title: 'Package for development in the image',
  severity: 'warning',
  requirement: ['CR 7.7', 'EDR 2.13'],
  why: 'A device offers the functions it needs and no others; debuggers and compilers are the tools of whoever breaks in.',
  fix: 'Move it to a kas file for development, such as kas/opt/dev.yml, that releases do not include.',
  find({ effective, placeOf, project, layers }) {
    const fromConf = (['IMAGE_PREINSTALL', 'IMAGE_INSTALL'] as const).flatMap((variable) => {
      const names = variable === 'IMAGE_PREINSTALL' ? effective.installPackages : effective.isarRecipes
      return names.map((name) => ({ name, at: placeOf(variable, name) }))
    })
    return [...fromConf, ...packagesOfImages(project.targets, layers)].flatMap(({ name, at }) => {
      if (openDoors.includes(name)) {
        return [{ message: `${name} lets people in without an account`, at, severity: 'error' as const }]
      }
      const tool = tools.includes(name) || name.endsWith('-dbgsym')
      return tool ? [{ message: `${name} is a package for development`, at }] : []
    })
  }
}
