import { aptPackageRules } from './apt-packages.ts'
import { aptSourceRules } from './apt-sources.ts'
import { bitbakeRules } from './bitbake.ts'
import { diskRule } from './disk.ts'
import { dpkgRules } from './dpkg.ts'
import { engineRules } from './engine.ts'
import { fetchRules } from './fetch.ts'
import { hostRules } from './host.ts'
import { interruptRules } from './interrupt.ts'
import { kasFileRules } from './kas-files.ts'
import { repoRules } from './repos.ts'
import type { Rule } from './rule.ts'
import { systemdRules } from './systemd.ts'

/** Every cause we know. Two that stand in the same line are told apart by `rank`, then by this order. */
export const allRules: readonly Rule[] = [
  ...interruptRules,
  diskRule,
  ...hostRules,
  ...engineRules,
  ...kasFileRules,
  ...repoRules,
  ...bitbakeRules,
  ...fetchRules,
  ...aptPackageRules,
  ...aptSourceRules,
  ...dpkgRules,
  ...systemdRules
]
