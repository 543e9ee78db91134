/**
 * Lines a control serves by its word only, and why that is right: the image holds the tools, and nothing in
 * it can show that they are used. Such a line is `declared`, so its verdict is open until somebody runs it.
 */
export const declared: Readonly<Record<string, string>> = {
  'hardware-keys CR 1.14 RE(1)':
    'Shared keys are sealed in production: an image that held one would be the finding, and no tool proves a seal.',
  'package-authenticity EDR 3.10':
    'That apt is installed does not show that this device can be updated: its root may be read-only.',
  'package-authenticity HDR 3.10': 'As EDR 3.10.',
  'package-authenticity NDR 3.10': 'As EDR 3.10.'
}
