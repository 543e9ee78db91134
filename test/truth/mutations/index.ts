import type { Harmless, Mutation } from '../mutation.ts'
import { accessPackageHarmless, accessPackageMutations } from './access-packages.ts'
import { accountMutations } from './accounts.ts'
import { auditHarmless, auditMutations } from './audit.ts'
import { bootHarmless, bootMutations } from './boot.ts'
import { boundaryHarmless, boundaryMutations } from './boundary.ts'
import { credentialHarmless, credentialMutations } from './credentials.ts'
import { cryptoHarmless, cryptoMutations } from './crypto.ts'
import { deviceHarmless, deviceMutations } from './device.ts'
import { integrityHarmless, integrityMutations } from './integrity.ts'
import { kernelHarmless, kernelMutations } from './kernel.ts'
import { logForwardingHarmless, logForwardingMutations } from './log-forwarding.ts'
import { networkHarmless, networkMutations } from './network.ts'
import { pamMutations } from './pam.ts'
import { portHarmless, portMutations } from './ports.ts'
import { privilegeHarmless, privilegeMutations } from './privileges.ts'
import { recoveryHarmless, recoveryMutations } from './recovery.ts'
import { serviceHarmless, serviceMutations } from './services.ts'
import { sessionHarmless, sessionMutations } from './sessions.ts'
import { sshPlaceHarmless, sshPlaceMutations } from './ssh-places.ts'
import { sshHarmless, sshMutations } from './ssh.ts'
import { timeHarmless, timeMutations } from './time.ts'

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
  ...cryptoMutations,
  ...deviceMutations,
  ...recoveryMutations,
  ...logForwardingMutations,
  ...integrityMutations,
  ...kernelMutations,
  ...networkMutations,
  ...portMutations,
  ...serviceMutations,
  ...timeMutations
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
  ...logForwardingHarmless,
  ...integrityHarmless,
  ...kernelHarmless,
  ...networkHarmless,
  ...portHarmless,
  ...serviceHarmless,
  ...timeHarmless
]
