import { listed, type Rule } from './rule.ts'

/** systemctl can't set up the units of an image (systemctl(1), systemd.preset(5)). */
export const systemdRules: readonly Rule[] = [
  {
    code: 'PRESET_FAILED',
    kind: 'build',
    where: ['task'],
    rank: 5,
    patterns: [
      // Not "unit ... is masked": systemctl says that of every masked unit and goes on.
      /^Failed to preset (?:unit|all), file "?(?<unit>[^\s",]+)"? already exists and is a symlink to "?(?<target>[^\s",]+)/
    ],
    explain: (_first, all) => ({
      message: `isar's preset-all can't enable a unit whose alias is ${listed(all, 'unit')}: the image links that to ${listed(all, 'target')}`,
      hint:
        'a unit that is masked or linked stands where another has its Alias=: ship a preset that disables the other ' +
        'unit, as kas-harden-services does for reboot.target (60-kas-harden-services.preset), or drop the link'
    })
  }
]
