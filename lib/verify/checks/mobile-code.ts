import type { CheckOf } from '../../controls/check.ts'
import { messageOf } from '../../base/errors.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed, undecided } from '../check-context.ts'
import { readAccounts } from '../readers/accounts.ts'
import { readContainerPolicy } from '../readers/container-policy.ts'
import { globToRegExp } from '../readers/glob.ts'
import { readLines, seen } from '../readers/lines.ts'
import { isInstalled, readPackages } from '../readers/packages.ts'
import { readUnits } from '../readers/units.ts'

const systemPolicy = '/etc/containers/policy.json'
const directories = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/bin'] as const

/** Programs of the packages, where they stand without one. */
const programs = {
  policy: ['podman', 'skopeo', 'buildah'],
  unverified: ['dockerd', 'containerd', 'nerdctl', 'ctr']
} as const

/**
 * Code that comes over the network and is run without an installation runs only when its origin is verified: engines
 * that obey containers-policy.json(5) have one that lets nothing in without a signature; engines without such a
 * policy are not there. Passes where there is no engine of the lists at all.
 */
export async function checkMobileCode(
  check: CheckOf<'mobile-code'>,
  context: CheckContext
): Promise<Outcome> {
  const packages = await context.read(readPackages)
  if (!packages.known) return undecided(`The packages are not known: ${packages.reason ?? ''}`)
  const installed = (patterns: readonly string[]): readonly string[] => {
    const matchers = patterns.map((one) => globToRegExp(one, { pathname: false }))
    return packages.all
      .filter((one) => isInstalled(one) && matchers.some((m) => m.test(one.name)))
      .map(({ name }) => name)
  }
  const present = (names: readonly string[]): readonly string[] =>
    directories.flatMap((directory) =>
      names.map((name) => `${directory}/${name}`).filter((path) => context.image.stat(path)?.type === 'file')
    )
  const parts: Outcome[] = []
  const unverified = [...installed(check.unverified), ...present(programs.unverified)]
  if (unverified.length > 0) {
    const evidence = unverified.map((value) => (value.startsWith('/') ? { path: value } : { value }))
    parts.push(failed(`${unverified.join(', ')} runs code whose origin it does not verify`, evidence))
  }
  for (const name of installed(check.left)) {
    parts.push(
      undecided(`whether code that ${name} runs has its origin verified is not known`, [{ value: name }])
    )
  }
  const engines = [...installed(check.policy), ...present(programs.policy)]
  if (engines.length > 0) {
    parts.push(
      await judge(context, systemPolicy),
      ...(await ofPersons(context)),
      ...(await otherPolicies(context))
    )
  }
  if (parts.length === 0) return passed('No engine for mobile code of the lists is in the image')
  return combined(parts, `${engines[0] ?? ''} takes only images whose signature it verifies`)
}

async function judge(context: CheckContext, path: string): Promise<Outcome> {
  const { image } = context
  const text = await image.readText(path)
  const entry = image.stat(path)
  if (text === undefined || !entry) return failed(`There is no ${path}, so that no image is taken`, [])
  const evidence = [{ path }]
  try {
    const { open, keys } = readContainerPolicy(text)
    if (open.length > 0)
      return failed(`${path} takes images without a signature: ${open.join(', ')}`, evidence)
    for (const one of [path, ...keys]) {
      const file = image.stat(one)
      if (file?.type !== 'file')
        return failed(`${path} trusts the key ${one}, which is not in the image`, evidence)
      const others = file.uid !== 0 || (file.mode & 0o022) !== 0
      if (others)
        return failed(`${one} can be changed by others than root`, [
          { path: one, value: file.mode.toString(8) }
        ])
    }
    return passed(`${path} takes signed images only`, evidence)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return failed(
      `${path} is refused by every engine, and with it every image: ${messageOf(error)}`,
      evidence
    )
  }
}

/** A policy of a person takes the place of the system's. */
async function ofPersons(context: CheckContext): Promise<readonly Outcome[]> {
  const { accounts } = await context.read(readAccounts)
  const paths = accounts.map(({ home }) => `${home.replace(/\/$/, '')}/.config/containers/policy.json`)
  const present = [...new Set(paths)].filter((path) => context.image.stat(path) !== undefined)
  const parts: Outcome[] = []
  for (const path of present) {
    const { open } = await contentOf(context, path)
    // It belongs to the person, who may change it; so what it lets in now is asked only.
    parts.push(
      open.length > 0
        ? failed(
            `${path} takes the place of ${systemPolicy} and takes images without a signature: ${open.join(', ')}`,
            [{ path }]
          )
        : passed(`${path} takes signed images only`, [{ path }])
    )
  }
  return parts
}

async function contentOf({ image }: CheckContext, path: string): Promise<{ open: readonly string[] }> {
  try {
    return readContainerPolicy((await image.readText(path)) ?? '')
  } catch {
    return { open: [] } // refused, and with it every image
  }
}

/** Services and quadlets that name another policy. */
async function otherPolicies(context: CheckContext): Promise<readonly Outcome[]> {
  const { image } = context
  const units = await context.read(readUnits)
  const found: Outcome[] = []
  const named = /--signature-policy\b/
  for (const name of new Set([...units.started.keys(), ...units.triggered.keys()])) {
    const unit = await units.load(name)
    for (const one of unit?.settings ?? []) {
      if (named.test(one.value)) found.push(failed(`${name} names a policy of its own`, [seen(one)]))
    }
  }
  for (const path of image.entries.keys()) {
    if (
      !/^\/(?:etc|usr\/share)\/containers\/systemd\/.*\.(?:container|image|build|kube|pod|conf)$/.test(path)
    )
      continue
    for (const line of (await readLines(image, path)) ?? []) {
      if (named.test(line.text) && !/^\s*[#;]/.test(line.text))
        found.push(failed(`${path} names a policy of its own`, [seen(line)]))
    }
  }
  return found
}
