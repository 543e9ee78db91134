import type { CheckOf } from '../../controls/check.ts'
import type { Evidence } from '../../controls/result.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed, undecided } from '../check-context.ts'
import { readBootOrders } from '../readers/command-lines.ts'
import { globToRegExp, mergedDropIns } from '../readers/glob.ts'
import { readLines, seen } from '../readers/lines.ts'
import { doesNothing, readKernelModules, readModprobe } from '../readers/modprobe.ts'

const directories = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map(
  (one) => `${one}/modules-load.d`
)

/**
 * What systemd-modules-load(8) loads is the list, no more and no less, and each of it is in the image and not
 * blocked by modprobe.d, which systemd-modules-load obeys (`blacklist` included).
 */
export async function checkModulesLoad(
  check: CheckOf<'modules-load'>,
  context: CheckContext
): Promise<Outcome> {
  const asked = await readModulesLoad(context)
  const wanted = new Set(check.exactly.map(named))
  const strange = [...asked].filter(([name]) => !wanted.has(name))
  const parts: Outcome[] = strange.map(([name, evidence]) =>
    failed(`${name} is loaded early and not on the list`, [evidence])
  )
  const modules = await context.read(readKernelModules)
  const modprobe = await context.read(readModprobe)
  for (const name of wanted) {
    const place = asked.get(name)
    if (place === undefined) {
      parts.push(failed(`${name} is on the list and not loaded early`))
      continue
    }
    if (modules.builtin.has(name)) {
      parts.push(passed(`${name} is built into the kernel`, [place]))
      continue
    }
    const block = modprobe.find(
      ({ key, pattern, value }) =>
        (key === 'blacklist' && pattern === name) ||
        (key === 'install' &&
          globToRegExp(pattern, { period: false, pathname: false }).test(name) &&
          doesNothing.test(value))
    )
    if (block)
      parts.push(failed(`${name} is on the list, and modprobe.d keeps it from being loaded`, [seen(block)]))
    else if (!modules.known)
      parts.push(undecided(`There are no kernel modules in the image to find ${name} in`, [place]))
    else if (!modules.loadable.has(name))
      parts.push(failed(`${name} is on the list and not in the image`, [place]))
    else parts.push(passed(`${name} is loaded early`, [place]))
  }
  return combined(parts, `${wanted.size} kernel modules are loaded early, those of the list`)
}

function named(module: string): string {
  return module.replaceAll('-', '_')
}

/** Names with underscores, and where each stands (modules-load.d(5), kernel-command-line(7)). */
async function readModulesLoad(context: CheckContext): Promise<ReadonlyMap<string, Evidence>> {
  const { image } = context
  const found = new Map<string, Evidence>()
  const { words } = await context.read(readBootOrders)
  for (const word of words.flat()) {
    const names = /^(?:rd\.)?modules[-_]load=(.*)$/.exec(word)?.[1]?.split(',') ?? []
    for (const name of names.filter((one) => one !== '')) found.set(named(name), { value: word })
  }
  for (const path of mergedDropIns(image, directories, (name) => name.endsWith('.conf'))) {
    for (const line of (await readLines(image, path)) ?? []) {
      const text = line.text.trim()
      if (text !== '' && !/^[#;]/.test(text)) found.set(named(text), seen(line))
    }
  }
  return found
}
