import { HardenError, messageOf } from '../base/errors.ts'
import { plainText } from '../base/text.ts'
import type { Check, CheckOf, CheckType } from '../controls/check.ts'
import { substitute } from '../controls/parameters.ts'
import type { CheckResult, Evidence } from '../controls/result.ts'
import type { ParameterValues } from '../controls/target.ts'
import type { CheckContext, Outcome } from './check-context.ts'
import { undecided } from './check-context.ts'
import { checkAccessPoint } from './checks/access-point.ts'
import { checkAccount } from './checks/account.ts'
import { checkAptSources } from './checks/apt-sources.ts'
import { checkAuditRule } from './checks/audit-rule.ts'
import { checkAutostart } from './checks/autostart.ts'
import { checkBootChain } from './checks/boot-chain.ts'
import { checkCmdline } from './checks/cmdline.ts'
import { checkDirective } from './checks/directive.ts'
import { checkFile } from './checks/file.ts'
import { checkGroup } from './checks/group.ts'
import { checkIntact } from './checks/intact.ts'
import { checkKernelModule } from './checks/kernel-module.ts'
import { checkListening } from './checks/listening.ts'
import { checkMode } from './checks/mode.ts'
import { checkMobileCode } from './checks/mobile-code.ts'
import { checkModulesLoad } from './checks/modules-load.ts'
import { checkMounts } from './checks/mounts.ts'
import { checkNftables } from './checks/nftables.ts'
import { checkPackage } from './checks/package.ts'
import { checkPamStack } from './checks/pam-stack.ts'
import { checkPermissions } from './checks/permissions.ts'
import { checkSecrets } from './checks/secrets.ts'
import { checkShellTimeout } from './checks/shell-timeout.ts'
import { checkSudoers } from './checks/sudoers.ts'
import { checkSwupdate } from './checks/swupdate.ts'
import { checkSysctl } from './checks/sysctl.ts'
import { checkUnit } from './checks/unit.ts'
import { checkUnitProperty } from './checks/unit-property.ts'
import { checkUsbguard } from './checks/usbguard.ts'

const maxEvidence = 20
const maxText = 400

/**
 * Answers one check of a control for one image. Parameters are put in first. A check that crashes, or that
 * needs files the image does not have, is `unknown` with the reason; an interrupt is passed on.
 * @throws HardenError `INTERRUPTED`.
 */
export async function runCheck(
  control: string,
  check: Check,
  values: ParameterValues,
  context: CheckContext
): Promise<CheckResult> {
  const { status, message, evidence } = await answer(check, values, context)
  return {
    id: `${control}/${check.id}`,
    control,
    check: check.id,
    title: check.title,
    type: check.type,
    status,
    message: cut(message, 2000),
    evidence: evidence.slice(0, maxEvidence).map(cutEvidence)
  }
}

async function answer(check: Check, values: ParameterValues, context: CheckContext): Promise<Outcome> {
  const { image, release } = context
  if (check.releases && check.releases.length > 0) {
    if (release === undefined)
      return undecided(`The image's release is not known; the check is for ${check.releases.join(', ')}`)
    if (!check.releases.some((one) => one === release)) {
      return { status: 'not-applicable', message: `Only for ${check.releases.join(', ')}`, evidence: [] }
    }
  }
  if (!image.hasFiles && check.type !== 'package') {
    return undecided(
      `This needs the files of the image; there is ${image.format === 'manifest' ? 'only a manifest' : 'only a dpkg status'}`
    )
  }
  try {
    return await dispatch(substitute(check, values), context)
  } catch (error) {
    if (error instanceof HardenError && error.kind === 'interrupted') throw error
    return undecided(`The check could not be done: ${messageOf(error)}`)
  }
}

type Dispatch = { readonly [T in CheckType]: (check: CheckOf<T>, context: CheckContext) => Promise<Outcome> }

const checks: Dispatch = {
  package: checkPackage,
  file: checkFile,
  mode: checkMode,
  directive: checkDirective,
  unit: checkUnit,
  'unit-property': checkUnitProperty,
  account: checkAccount,
  group: checkGroup,
  'pam-stack': checkPamStack,
  sysctl: checkSysctl,
  'audit-rule': checkAuditRule,
  nftables: checkNftables,
  cmdline: checkCmdline,
  sudoers: checkSudoers,
  'kernel-module': checkKernelModule,
  'modules-load': checkModulesLoad,
  'mobile-code': checkMobileCode,
  permissions: checkPermissions,
  secrets: checkSecrets,
  'shell-timeout': checkShellTimeout,
  'apt-sources': checkAptSources,
  autostart: checkAutostart,
  listening: checkListening,
  intact: checkIntact,
  'boot-chain': checkBootChain,
  swupdate: checkSwupdate,
  'access-point': checkAccessPoint,
  usbguard: checkUsbguard,
  mounts: checkMounts
}

async function dispatch<T extends CheckType>(check: CheckOf<T>, context: CheckContext): Promise<Outcome> {
  // The table has one function per type, so the one found by a check's own type takes that check.
  const run = checks[check.type] as (check: CheckOf<T>, context: CheckContext) => Promise<Outcome>
  return run(check, context)
}

function cutEvidence(evidence: Evidence): Evidence {
  return {
    ...evidence,
    ...(evidence.path === undefined ? {} : { path: cut(evidence.path, 1000) }),
    ...(evidence.value === undefined ? {} : { value: cut(evidence.value, maxText) }),
    ...(evidence.output === undefined ? {} : { output: cut(evidence.output, maxText) })
  }
}

function cut(text: string, length: number): string {
  const plain = plainText(text)
  return plain.length > length ? `${plain.slice(0, length - 1)}…`.toWellFormed() : plain
}
