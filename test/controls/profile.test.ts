import { describe, expect, it } from 'vitest'
import { requirementsFor } from '../../lib/catalogue/requirements-for.ts'
import { componentTypes, releases } from '../../lib/controls/control.ts'
import { catalogue, controls, profile } from './control-fixture.ts'

const levels = [1, 2, 3, 4]
const every = releases.flatMap((release) =>
  componentTypes.flatMap((type) => levels.map((level) => ({ release, type, level })))
)

describe('the profile of an embedded device', () => {
  it('has the 77 lines of SL-3 and the four CCSC', () => {
    const { requirements } = profile(['EDR'], 3)
    expect(requirements).toHaveLength(81)
    expect(requirements.filter(({ kind }) => kind === 'CCSC')).toHaveLength(4)
  })

  it.each([
    ['bullseye', 1, 24],
    ['bullseye', 2, 27],
    ['bullseye', 3, 32],
    ['bullseye', 4, 32],
    ['bookworm', 1, 22],
    ['bookworm', 2, 25],
    ['bookworm', 3, 30],
    ['bookworm', 4, 30],
    ['trixie', 1, 23],
    ['trixie', 2, 26],
    ['trixie', 3, 31],
    ['trixie', 4, 31]
  ] as const)('has so many packages on %s at SL-%i: %i', (release, level, count) => {
    expect(profile(['EDR'], level, release).packages).toHaveLength(count)
  })

  it('names what nobody serves', () => {
    expect(profile(['EDR'], 2).open).toEqual(['CCSC 2', 'CCSC 4', 'EDR 3.11'])
  })

  it('brings names of the release only', () => {
    const names = (release: 'bookworm' | 'trixie') =>
      profile(['EDR'], 1, release).packages.map(({ name }) => name)
    expect(names('bookworm')).not.toContain('systemd-cryptsetup')
    expect(names('trixie')).toContain('systemd-cryptsetup')
  })

  it('claims less where the packages of a release can do less', () => {
    const claims = (release: 'bullseye' | 'bookworm') =>
      profile(['EDR'], 2, release)
        .served.get('CR 2.6')
        ?.flatMap((control) => control.requirements.filter(({ id }) => id === 'CR 2.6'))
    expect(claims('bookworm')).toMatchObject([{ contribution: 'full' }])
    expect(claims('bullseye')).toMatchObject([
      { contribution: 'partial', covers: expect.stringContaining('with a terminal') as string }
    ])
  })

  it('carries the kernel arguments of its level', () => {
    expect(profile(['EDR'], 1).cmdline).toEqual(['audit=1', 'audit_backlog_limit=8192'])
    expect(profile(['EDR'], 3).cmdline).toEqual([
      'apparmor=1',
      'audit=1',
      'audit_backlog_limit=8192',
      'init_on_alloc=1',
      'init_on_free=1',
      'security=apparmor'
    ])
  })

  it('asks for exactly two values nobody can guess', () => {
    const required = profile(['EDR'], 4).parameters.filter((parameter) => parameter.default === undefined)
    expect(required.map(({ name }) => name)).toEqual(['firewall.management_networks', 'time.servers'])
  })
})

describe.each(every)('$type at SL-$level on $release', ({ type, level, release }) => {
  const it0 = profile([type], level, release)
  const wanted = requirementsFor({ components: [type], securityLevel: level }, catalogue)

  it('serves or leaves open every requirement, once', () => {
    expect(it0.requirements).toEqual(wanted)
    expect([...it0.served.keys()]).toEqual(wanted.map(({ id }) => id))
    for (const [id, serving] of it0.served) {
      expect(it0.open.includes(id)).toBe(serving.length === 0)
      expect(serving.every((control) => control.from <= level)).toBe(true)
    }
  })

  it('justifies every package by a requirement of this level', () => {
    for (const { name, requirement, why, controls: by } of it0.packages) {
      const entry = wanted.find(({ id }) => id === requirement)
      expect(entry?.minSL, `${name} for ${requirement}`).toBeLessThanOrEqual(level)
      expect(why).not.toBe('')
      expect(it0.served.get(requirement)?.some(({ id }) => by.includes(id))).toBe(true)
    }
    const names = it0.packages.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)].sort())
  })

  it('declares every parameter its checks refer to', () => {
    const declared = new Set(it0.parameters.map(({ name }) => name))
    const used = [...JSON.stringify(it0.controls.map(({ checks }) => checks)).matchAll(/\$\{([^}]*)\}/g)]
    expect(used.map((match) => match[1]).filter((name) => !declared.has(name ?? ''))).toEqual([])
  })

  it('keeps all of the level below', () => {
    if (level === 1) return
    const below = profile([type], level - 1, release)
    expect(it0.packages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(below.packages.map(({ name }) => name))
    )
    for (const old of below.packages) {
      const now = it0.packages.find(({ name }) => name === old.name)
      expect(now, old.name).toMatchObject({ requirement: old.requirement, why: old.why })
    }
    for (const part of ['settings', 'siteParts', 'cmdline'] as const) {
      expect(it0[part]).toEqual(expect.arrayContaining([...below[part]]))
    }
  })
})

describe('a target of two component types', () => {
  it('is the union of both', () => {
    const both = profile(['EDR', 'NDR'], 2)
    const ids = new Set(
      [...profile(['EDR'], 2).requirements, ...profile(['NDR'], 2).requirements].map(({ id }) => id)
    )
    expect(new Set(both.requirements.map(({ id }) => id))).toEqual(ids)
  })
})

describe('a control', () => {
  const lockout = controls.find(({ id }) => id === 'login-lockout')!

  it('meant for other component types is not chosen', () => {
    const own = [{ ...lockout, components: ['NDR' as const] }]
    expect(profile(['EDR'], 1, 'bookworm', own).controls).toEqual([])
    expect(profile(['EDR', 'NDR'], 1, 'bookworm', own).controls).toHaveLength(1)
  })

  it('never brings a package ahead of the level of its reason', () => {
    const own = [
      {
        ...lockout,
        requirements: [...lockout.requirements, { ...lockout.requirements[0]!, id: 'CR 2.7' }],
        packages: [{ name: 'early', for: 'CR 2.7', why: 'test' }]
      }
    ]
    expect(profile(['EDR'], 2, 'bookworm', own).packages).toEqual([])
    expect(profile(['EDR'], 3, 'bookworm', own).packages.map(({ name }) => name)).toEqual(['early'])
  })

  it('is not chosen below its own level, even where it would serve something', () => {
    const own = [{ ...lockout, from: 3 }]
    expect(profile(['EDR'], 2, 'bookworm', own).controls).toEqual([])
    expect(profile(['EDR'], 3, 'bookworm', own).controls).toHaveLength(1)
  })

  it('that needs a value nobody can guess waits for it', () => {
    const own = [{ ...lockout, onlyWith: ['log.server', 'log.ca'] }]
    const without = profile(['EDR'], 1, 'bookworm', own)
    expect([without.controls, without.packages, without.waiting.map(({ id }) => id)]).toEqual([
      [],
      [],
      ['login-lockout']
    ])
    // one of them given by mistake alone is an error of the parameters, not silence
    const half = profile(['EDR'], 1, 'bookworm', own, { 'log.server': 'logs.example.org' })
    expect([half.controls.length, half.waiting]).toEqual([1, []])
  })

  it('that serves nothing of the target is not chosen', () => {
    const own = [{ ...lockout, requirements: [{ ...lockout.requirements[0]!, id: 'NDR 5.2' }] }]
    expect(profile(['EDR'], 4, 'bookworm', own).controls).toEqual([])
  })
})
