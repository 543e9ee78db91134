import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { absent, combined, failed, passed, undecided } from '../check-context.ts'
import { parseKeyValue } from '../readers/key-value.ts'
import { readLines, seen } from '../readers/lines.ts'
import { isInstalled, readPackages } from '../readers/packages.ts'

const configuration = '/etc/usbguard/usbguard-daemon.conf'
const defaultRules = '/etc/usbguard/rules.conf'

/**
 * usbguard(8) with rules of the product: without any it blocks every device, keyboards too, and with
 * `ImplicitPolicyTarget=allow` it blocks none. Not applicable where it is not installed.
 */
export async function checkUsbguard(_: CheckOf<'usbguard'>, context: CheckContext): Promise<Outcome> {
  const { image } = context
  const packages = await context.read(readPackages)
  if (!packages.known)
    return undecided(`Nobody knows whether usbguard is installed: ${packages.reason ?? ''}`)
  if (!packages.named('usbguard').some(isInstalled)) return absent('usbguard is not installed')
  const settings = parseKeyValue((await readLines(image, configuration)) ?? [], {})
  const last = (key: string) => settings.findLast((one) => one.key === key)
  const path = last('RuleFile')?.value ?? defaultRules
  const entry = image.stat(path)
  const rules = ((await readLines(image, path)) ?? []).filter(({ text }) => !/^\s*(?:#|$)/.test(text))
  const target = last('ImplicitPolicyTarget')
  const all = rules.find(({ text }) => /^\s*allow\s*$/.test(text))
  const parts: Outcome[] = [
    rules.length > 0
      ? passed(`${path} has ${rules.length} rules`, [{ path }])
      : failed(`usbguard has no rules (${path}): it blocks every USB device, keyboards too`, [{ path }]),
    target === undefined || target.value === 'block' || target.value === 'reject'
      ? passed('What no rule names is blocked')
      : failed(`usbguard allows what no rule names`, [seen(target)]),
    all ? failed(`A rule of usbguard allows every device`, [seen(all)]) : passed('No rule allows everything')
  ]
  if (entry && (entry.uid !== 0 || (entry.mode & 0o077) !== 0))
    parts.push(failed(`${path} is not for root only (0600); usbguard refuses it`, [{ path }]))
  return combined(parts, `usbguard has rules (${path}) and blocks the rest`)
}
