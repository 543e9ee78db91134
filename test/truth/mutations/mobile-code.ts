import type { Harmless, Mutation } from '../mutation.ts'
import type { Change } from './system-edits.ts'
import { all, installed, started, statusOf, written } from './system-edits.ts'

const file = '/etc/containers/policy.json'
const key = '/usr/share/keyrings/plant.gpg'
const engines = ['mobile-code-authenticity/engines']
const signed = [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: key }]
const anything = [{ type: 'insecureAcceptAnything' }]

const policy = (value: unknown, path = file): Change => written(path, JSON.stringify(value, undefined, 2))

/** An image with podman, its key and a policy that asks for it. */
const withPodman: Change = all(
  installed('podman'),
  written(key, 'key\n'),
  policy({ default: [{ type: 'reject' }], transports: { docker: { 'registry.example.org/plant': signed } } })
)

export const mobileCodeMutations: readonly Mutation[] = [
  {
    name: "containers: podman with Debian's policy",
    class: 'package',
    change: all(installed('podman'), policy({ default: anything })),
    fails: engines
  },
  {
    name: 'containers: podman without any policy',
    class: 'package',
    change: installed('podman'),
    fails: engines
  },
  {
    name: 'containers: a program of nobody, without a policy',
    class: 'binary',
    change: written('/usr/local/bin/skopeo', 'ELF', 0o755),
    fails: engines
  },
  {
    name: 'containers: one registry is open',
    class: 'edit',
    change: all(
      withPodman,
      policy({
        default: signed,
        transports: { docker: { '': [{ type: 'reject' }], 'docker.io/library': anything } }
      })
    ),
    fails: engines
  },
  {
    name: 'containers: every archive is taken',
    class: 'edit',
    change: all(
      withPodman,
      policy({ default: [{ type: 'reject' }], transports: { 'docker-archive': { '': anything } } })
    ),
    fails: engines
  },
  {
    name: 'containers: root has a policy of its own',
    class: 'drop-in',
    change: all(withPodman, policy({ default: anything }, '/root/.config/containers/policy.json')),
    fails: engines
  },
  {
    name: 'containers: a service names another policy',
    class: 'service',
    change: all(
      withPodman,
      started(
        'box.service',
        '[Service]\nExecStart=/usr/bin/podman run --signature-policy=/etc/open.json box\n'
      )
    ),
    fails: [...engines, 'least-functionality/started']
  },
  {
    name: 'containers: a quadlet names another policy',
    class: 'generator',
    change: all(
      withPodman,
      written(
        '/etc/containers/systemd/box.container',
        '[Container]\nImage=box\nGlobalArgs=--signature-policy=/etc/open\n'
      )
    ),
    fails: engines
  },
  {
    name: 'containers: the key that is trusted is not there',
    class: 'diversion',
    change: all(withPodman, policy({ default: [{ ...signed[0], keyPath: '/etc/none.gpg' }] })),
    fails: engines
  },
  {
    name: 'containers: a group may change the policy',
    class: 'permission',
    change: all(withPodman, (tree) => {
      tree.facts(file, { mode: 0o664 })
    }),
    fails: engines
  },
  {
    name: 'containers: an engine that verifies nothing',
    class: 'package',
    change: installed('docker.io'),
    fails: engines
  },
  {
    name: 'containers: its program without its package',
    class: 'binary',
    change: written('/opt/bin/dockerd', 'ELF', 0o755),
    fails: engines
  },
  {
    name: 'containers: another store of applications',
    class: 'package',
    change: installed('flatpak'),
    fails: [],
    unknown: engines
  }
]

export const mobileCodeHarmless: readonly Harmless[] = [
  { name: 'containers: podman that takes signed images only', change: withPodman },
  {
    name: 'containers: podman that takes nothing',
    change: all(
      installed('podman'),
      policy({ default: [{ type: 'reject' }, { type: 'insecureAcceptAnything' }] })
    )
  },
  { name: "containers: Debian's policy without an engine", change: policy({ default: anything }) },
  {
    name: 'containers: an engine that was removed',
    change: all(installed('docker.io'), statusOf('docker.io', 'deinstall ok config-files'))
  }
]
