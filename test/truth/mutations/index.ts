import type { Harmless, Mutation } from '../mutation.ts'
import { accessPackageHarmless, accessPackageMutations } from './access-packages.ts'
import { accountMutations } from './accounts.ts'
import { auditHarmless, auditMutations } from './audit.ts'
import { credentialHarmless, credentialMutations } from './credentials.ts'
import { cryptoHarmless, cryptoMutations } from './crypto.ts'
import { integrityHarmless, integrityMutations } from './integrity.ts'
import { kernelHarmless, kernelMutations } from './kernel.ts'
import { networkHarmless, networkMutations } from './network.ts'
import { pamMutations } from './pam.ts'
import { privilegeHarmless, privilegeMutations } from './privileges.ts'
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
  ...cryptoMutations,
  ...integrityMutations,
  ...kernelMutations,
  ...networkMutations,
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
  ...cryptoHarmless,
  ...integrityHarmless,
  ...kernelHarmless,
  ...networkHarmless,
  ...serviceHarmless,
  ...timeHarmless
]
