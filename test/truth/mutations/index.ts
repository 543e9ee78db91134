import type { Harmless, Mutation } from '../mutation.ts'
import { accessPackageHarmless, accessPackageMutations } from './access-packages.ts'
import { accountMutations } from './accounts.ts'
import { auditHarmless, auditMutations } from './audit.ts'
import { bootHarmless, bootMutations } from './boot.ts'
import { boundaryHarmless, boundaryMutations } from './boundary.ts'
import { bullseyeMutations } from './bullseye.ts'
import { credentialHarmless, credentialMutations } from './credentials.ts'
import { cryptoHarmless, cryptoMutations } from './crypto.ts'
import { deviceHarmless, deviceMutations } from './device.ts'
import { integrityHarmless, integrityMutations } from './integrity.ts'
import { kernelHarmless, kernelMutations } from './kernel.ts'
import { logForwardingHarmless, logForwardingMutations } from './log-forwarding.ts'
import { mobileCodeHarmless, mobileCodeMutations } from './mobile-code.ts'
import { moduleHarmless, moduleMutations } from './modules.ts'
import { networkHarmless, networkMutations } from './network.ts'
import { pamMutations } from './pam.ts'
import { portHarmless, portMutations } from './ports.ts'
import { privilegeHarmless, privilegeMutations } from './privileges.ts'
import { recoveryHarmless, recoveryMutations } from './recovery.ts'
import { selfTestHarmless, selfTestMutations } from './self-test.ts'
import { roundaboutHarmless, roundaboutMutations } from './roundabout.ts'
import { serviceHarmless, serviceMutations } from './services.ts'
import { sessionHarmless, sessionMutations } from './sessions.ts'
import { sshPlaceHarmless, sshPlaceMutations } from './ssh-places.ts'
import { sshHarmless, sshMutations } from './ssh.ts'
import { tamperHarmless, tamperMutations } from './tamper.ts'
import { timeHarmless, timeMutations } from './time.ts'
import { wirelessHarmless, wirelessMutations } from './wireless.ts'
import { unitWorkHarmless, unitWorkMutations } from './unit-work.ts'

/** Every defeating change. */
export const mutations: readonly Mutation[] = [
  ...accessPackageMutations,
  ...accountMutations,
  ...credentialMutations,
  ...pamMutations,
  ...privilegeMutations,
  ...sessionMutations,
  ...sshMutations,
  ...sshPlaceMutations,
  ...auditMutations,
  ...bootMutations,
  ...boundaryMutations,
  ...bullseyeMutations,
  ...cryptoMutations,
  ...deviceMutations,
  ...recoveryMutations,
  ...selfTestMutations,
  ...logForwardingMutations,
  ...integrityMutations,
  ...kernelMutations,
  ...mobileCodeMutations,
  ...moduleMutations,
  ...networkMutations,
  ...portMutations,
  ...roundaboutMutations,
  ...serviceMutations,
  ...tamperMutations,
  ...timeMutations,
  ...unitWorkMutations,
  ...wirelessMutations
]

/** Every change that means nothing. */
export const harmless: readonly Harmless[] = [
  ...accessPackageHarmless,
  ...credentialHarmless,
  ...privilegeHarmless,
  ...sessionHarmless,
  ...sshHarmless,
  ...sshPlaceHarmless,
  ...auditHarmless,
  ...bootHarmless,
  ...boundaryHarmless,
  ...cryptoHarmless,
  ...deviceHarmless,
  ...recoveryHarmless,
  ...selfTestHarmless,
  ...logForwardingHarmless,
  ...integrityHarmless,
  ...kernelHarmless,
  ...mobileCodeHarmless,
  ...moduleHarmless,
  ...networkHarmless,
  ...portHarmless,
  ...roundaboutHarmless,
  ...serviceHarmless,
  ...tamperHarmless,
  ...timeHarmless,
  ...unitWorkHarmless,
  ...wirelessHarmless
]
