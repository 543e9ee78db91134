import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../lib/base/assets.ts'
import { readSource, renderTemplate, siteVariables } from '../../lib/build/settings-packages.ts'

/** Folder of our Debian sources. */
export const recipes = join(packageRoot(), 'recipes', 'recipes-security')

/** Every part of kas-harden-site. */
export const allParts = readdirSync(join(recipes, 'kas-harden-site', 'files', 'parts')).sort()

/** A key made for these tests; nobody has its private half. */
export const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDYxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAx'

/** A certificate made for these tests, as lines of base64; nobody has its private key. */
export const ca = [
  'MIIBhDCCASugAwIBAgIUAZS1/MwurkgB+Q/gEi4Exx9Crx8wCgYIKoZIzj0EAwIw',
  'FzEVMBMGA1UEAwwMQ0Egb2YgYSB0ZXN0MCAXDTI2MTEyMjEyNTI1M1oYDzIxMjYx',
  'MDI5MTI1MjUzWjAXMRUwEwYDVQQDDAxDQSBvZiBhIHRlc3QwWTATBgcqhkjOPQIB',
  'BggqhkjOPQMBBwNCAASI2Ed+2IoABeqDJQl/gSJoB85B6xuoD4Uyy7ZMmTi2esbx',
  'CArkfJO6pb0H9w2zbN1b7I9a1qMrQG0ZzblzV3SBo1MwUTAdBgNVHQ4EFgQU6JDj',
  'Gxf7y0SSj+J/3zaNda63+CUwHwYDVR0jBBgwFoAU6JDjGxf7y0SSj+J/3zaNda63',
  '+CUwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBuK6ASKa6JqWoD',
  'PHxU6cQWUBeMBcKoMReKgnJOQlFKtgIgKN9ZTHPVcPFqg7g+LoN2kMOpwXjnN3Km',
  'LnfAkN2ppTQ='
].join(' ')

/** Values of a site with every part; what has no default gets one from the documentation ranges. */
export const values: Readonly<Record<string, string>> = {
  KAS_HARDEN_SITE_PARTS: allParts.join(' '),
  KAS_HARDEN_SSH_AUTHORIZED_KEYS: `op ${key} op one|op ${key} op two|maint_1 ${key}`,
  KAS_HARDEN_FIREWALL_MANAGEMENT_NETWORKS: '192.0.2.0/24 2001:db8::/32 198.51.100.7',
  KAS_HARDEN_KERNEL_MODULES: 'nf_tables vfat',
  KAS_HARDEN_LOG_SERVER: 'logs.example.org',
  KAS_HARDEN_LOG_CA: ca,
  KAS_HARDEN_TAMPER_SENSORS: 'gpio:gpiochip0/7/active-low hwmon:nct6775/intrusion0',
  KAS_HARDEN_TIME_SERVERS: 'ntp.example.org 192.0.2.7 2001:db8::7',
  KAS_HARDEN_WATCHDOG_TIMEOUT: '30'
}

/** Lays the source of kas-harden-site out with its templates rendered, as both engines do. */
export async function renderSite(given: Readonly<Record<string, string>>, target: string): Promise<string> {
  const source = await readSource('kas-harden-site')
  const variables = await siteVariables(source, { ...values, ...given })
  cpSync(source.directory, target, { recursive: true })
  for (const name of readdirSync(target, { recursive: true }).map(String)) {
    if (!name.endsWith('.tmpl')) continue
    const text = readFileSync(join(target, name), 'utf8')
    writeFileSync(join(target, name.slice(0, -'.tmpl'.length)), renderTemplate(text, variables))
  }
  return variables['KAS_HARDEN_SITE_VERSION']!
}
