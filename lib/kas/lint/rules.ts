import { boardCapability } from './board-capability.ts'
import { clearTextPassword, emptyPassword, knownPassword } from './clear-text-password.ts'
import { clientAlive } from './client-alive.ts'
import { debugPackages } from './debug-packages.ts'
import { encryptedHome } from './encrypted-home.ts'
import { headerKeyCollision } from './header-key-collision.ts'
import { isarTooOld } from './isar-too-old.ts'
import { auditOff, debugShell } from './kernel-arguments.ts'
import { oldOverrideSyntax } from './old-override-syntax.ts'
import { pamEdited } from './pam-edited.ts'
import { plainBuildSystem } from './plain-build-system.ts'
import { removeBeatsAppend } from './remove-beats-append.ts'
import type { LintRule } from './rule.ts'
import { snakeoilKeys } from './snakeoil-keys.ts'
import { swuSigning } from './swu-signing.ts'
import { unpinnedRepo } from './unpinned-repo.ts'

/** Every rule of `kas-harden lint`. */
export const lintRules: readonly LintRule[] = [
  knownPassword,
  clearTextPassword,
  emptyPassword,
  snakeoilKeys,
  swuSigning,
  auditOff,
  debugShell,
  debugPackages,
  unpinnedRepo,
  isarTooOld,
  oldOverrideSyntax,
  boardCapability,
  clientAlive,
  pamEdited,
  encryptedHome,
  removeBeatsAppend,
  headerKeyCollision,
  plainBuildSystem
]
