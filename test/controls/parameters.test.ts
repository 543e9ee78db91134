import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CheckOf } from '../../lib/controls/check.ts'
import type { ControlParameter } from '../../lib/controls/control.ts'
import { variableOf } from '../../lib/controls/control.ts'
import { describeParameter, resolveParameters, substitute } from '../../lib/controls/parameters.ts'
import { controls } from './control-fixture.ts'

const all = controls.flatMap(({ parameters }) => parameters)
const site = {
  'firewall.management_networks': ['192.0.2.0/24', '2001:db8::/32'],
  'time.servers': 'ntp1.example.org ntp2.example.org',
  'log.server': 'logs.example.org',
  'log.ca': 'MIIB/A== BQ==',
  'kernel.modules': 'nf_tables',
  'tamper.sensors': 'gpio:gpiochip0/7/active-low hwmon:nct6775/intrusion0',
  'watchdog.timeout': 60
}

function one(name: string, value: unknown) {
  const parameter = all.find((each) => each.name === name)!
  const { values, findings } = resolveParameters([parameter], { [name]: value })
  return findings.length > 0 ? findings[0]?.code : values[name]
}

describe('resolveParameters', () => {
  it('takes the defaults and the values a site must give', () => {
    const { values, findings } = resolveParameters(all, site)
    expect(findings).toEqual([])
    expect(values).toMatchObject({
      'lockout.deny': 5,
      'session.timeout': 900,
      'audit.space_left': '25%',
      'journal.system_max_use': '200M',
      'time.servers': ['ntp1.example.org', 'ntp2.example.org'],
      'ssh.authorized_keys': ''
    })
  })

  it('says which required values are missing and how to give them', () => {
    const { findings } = resolveParameters(all)
    expect(findings.map(({ code }) => code)).toEqual(
      Array<string>(Object.keys(site).length).fill('PARAMETER_REQUIRED')
    )
    expect(findings[0]?.hint).toMatch(
      /kas-harden\.yml .*KAS_HARDEN_(FIREWALL|KERNEL|LOG|TAMPER|TIME|WATCHDOG)_/
    )
  })

  it('refuses a name nobody declares, but not one another level needs', () => {
    const some = all.filter(({ name }) => name === 'lockout.deny')
    expect(resolveParameters(some, { 'lockuot.deny': 4 }).findings).toMatchObject([
      { code: 'PARAMETER_UNKNOWN' }
    ])
    const known = all.map(({ name }) => name)
    expect(resolveParameters(some, { 'password.max_days': 90 }, known).findings).toEqual([])
    expect(resolveParameters(some, { toString: 1 }, known).findings).toMatchObject([
      { code: 'PARAMETER_UNKNOWN' }
    ])
  })

  it.each([
    ['lockout.deny', 11, 'PARAMETER_INVALID'],
    ['lockout.deny', 2, 'PARAMETER_INVALID'],
    ['lockout.deny', '7', 7],
    ['lockout.deny', 4.5, 'PARAMETER_INVALID'],
    ['lockout.deny', 'many', 'PARAMETER_INVALID'],
    ['audit.space_left', '30%', '30%'],
    ['audit.space_left', '0%', 'PARAMETER_INVALID'],
    ['audit.space_left', 30, 'PARAMETER_INVALID'],
    ['journal.system_max_use', '1G', '1G'],
    ['journal.system_max_use', '1 GB', 'PARAMETER_INVALID'],
    ['time.servers', ['ntp.example.org', '2001:db8::1'], ['ntp.example.org', '2001:db8::1']],
    ['time.servers', [], 'PARAMETER_INVALID'],
    ['time.servers', ['ntp.example.org iburst'], 'PARAMETER_INVALID'],
    ['time.servers', ['$(reboot)'], 'PARAMETER_INVALID'],
    [
      'firewall.management_networks',
      ['10.0.0.0/8', '192.0.2.1', 'fd00::/8'],
      ['10.0.0.0/8', '192.0.2.1', 'fd00::/8']
    ],
    ['firewall.management_networks', ['10.0.0.0/33'], 'PARAMETER_INVALID'],
    ['firewall.management_networks', ['10.0.0.256/24'], 'PARAMETER_INVALID'],
    ['firewall.management_networks', ['office'], 'PARAMETER_INVALID'],
    ['backup.paths', ['/etc', '/var/lib/app'], ['/etc', '/var/lib/app']],
    ['backup.paths', ['/'], 'PARAMETER_INVALID'],
    ['backup.paths', ['/etc/../..'], 'PARAMETER_INVALID'],
    ['erase.paths', ['/home/*'], 'PARAMETER_INVALID'],
    ['log.server', 'a"', 'PARAMETER_INVALID'],
    ['log.ca', 'MIIB/A==\n  BQ==\n', ['MIIB/A==', 'BQ==']],
    ['banner.text', 'One.|Two.', 'One.|Two.'],
    ['banner.text', 'Debian \\v', 'PARAMETER_INVALID'],
    ['banner.text', 'a\nb', 'PARAMETER_INVALID'],
    ['integrity.schedule', 'Sun *-*-* 04:00:00', 'Sun *-*-* 04:00:00'],
    ['integrity.schedule', 'now; reboot', 'PARAMETER_INVALID']
  ])('%s: %j -> %j', (name, value, expected) => {
    expect(one(name, value)).toEqual(expected)
  })

  it('gives every integer in bounds back and refuses every other', () => {
    const integers = all.filter(({ type }) => type === 'integer')
    fc.assert(
      fc.property(
        fc.constantFrom(...integers),
        fc.integer({ min: -10, max: 200_000 }),
        (parameter, value) => {
          const { values, findings } = resolveParameters([parameter], { [parameter.name]: value })
          const good = value >= (parameter.minimum ?? -Infinity) && value <= (parameter.maximum ?? Infinity)
          expect(values[parameter.name]).toBe(good ? value : undefined)
          expect(findings).toHaveLength(good ? 0 : 1)
        }
      )
    )
  })

  it('never throws and never lets a line break into a value, whatever is given', () => {
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.anything(), (parameter, value) => {
        const { values, findings } = resolveParameters([parameter], { [parameter.name]: value })
        // null and undefined mean: not given.
        expect(Object.keys(values).length + findings.length).toBe(1)
        // eslint-disable-next-line no-control-regex
        expect([values[parameter.name]].flat().join('')).not.toMatch(/[\u0000-\u001f]/)
      })
    )
  })

  it('reads its own values again', () => {
    const { values } = resolveParameters(all, site)
    expect(resolveParameters(all, values).values).toEqual(values)
  })
})

describe('parameters', () => {
  it('have one bitbake variable each', () => {
    const variables = all.map(({ name }) => variableOf(name))
    expect(new Set(variables).size).toBe(variables.length)
    expect(variables.every((name) => /^KAS_HARDEN_[A-Z0-9_]+$/.test(name))).toBe(true)
  })

  it('describe themselves', () => {
    const deny: ControlParameter = {
      name: 'a.b',
      title: 'x',
      type: 'integer',
      minimum: 3,
      maximum: 10,
      unit: 'seconds'
    }
    expect(describeParameter(deny)).toBe('integer, 3 to 10, seconds')
    expect(describeParameter({ name: 'a.b', title: 'x', type: 'string' })).toBe('string')
  })
})

describe('substitute', () => {
  const file: CheckOf<'file'> = {
    id: 'a',
    title: 'a',
    type: 'file',
    path: '/etc/${a.name}',
    state: 'present',
    matches: ['^server ${a.list}$']
  }
  const directive: CheckOf<'directive'> = {
    id: 'a',
    title: 'a',
    type: 'directive',
    source: 'sshd',
    key: 'K',
    op: '>=',
    value: '${a.number}'
  }

  it('keeps a number a number when it is the whole value', () => {
    expect(substitute(directive, { 'a.number': 12 }).value).toBe(12)
    expect(substitute({ ...directive, value: '${a.number}s' }, { 'a.number': 12 }).value).toBe('12s')
  })

  it('takes values literally inside regular expressions, one per element of a list', () => {
    const { path, matches } = substitute(file, { 'a.name': 'x.conf', 'a.list': ['a.b', 'c+d'] })
    expect(path).toBe('/etc/x.conf')
    expect(matches).toEqual(['^server a\\.b$', '^server c\\+d$'])
  })

  it('matches any text literally', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const { value } = substitute(
          { ...directive, op: 'matches', value: '^${a.text}$' },
          { 'a.text': text }
        )
        expect(new RegExp(value, 'u').test(text)).toBe(true)
        expect(new RegExp(value, 'u').test(`${text}x`)).toBe(false)
      })
    )
  })

  it('joins a list by spaces outside of arrays and leaves the check itself alone', () => {
    const before = structuredClone(directive)
    expect(substitute({ ...directive, value: '${a.list}' }, { 'a.list': ['a', 'b'] }).value).toBe('a b')
    substitute(directive, { 'a.number': 1 })
    expect(directive).toEqual(before)
  })

  it('refuses a parameter without a value', () => {
    expect(() => substitute(directive, {})).toThrow(/a\.number/)
  })

  it('leaves no placeholder in any check of ours', () => {
    const { values } = resolveParameters(all, site)
    const checks = controls.flatMap((control) => control.checks.map((check) => substitute(check, values)))
    expect(JSON.stringify(checks)).not.toContain('${')
  })
})
