import type { TreeEdit } from '../changed-image.ts'
import type { Mutation } from '../mutation.ts'

/** A step of a mutation. */
export type Change = Mutation['change']

/** Appends lines to a file. */
export function appended(path: string, text: string): Change {
  return (tree) => tree.append(path, text)
}

/** A new file. */
export function written(path: string, text: string, mode = 0o644): Change {
  return (tree) => {
    tree.write(path, text, { mode })
  }
}

/** A link to /dev/null in the place of a file. */
export function nulled(path: string): Change {
  return (tree) => {
    if (tree.exists(path)) tree.remove(path)
    tree.link(path, '/dev/null')
  }
}

/** A file or directory that is gone. */
export function removed(path: string): Change {
  return (tree) => {
    tree.remove(path)
  }
}

/** A file whose matches of `pattern` read otherwise. */
export function replaced(path: string, pattern: RegExp | string, text: string): Change {
  return (tree) => tree.edit(path, (old) => old.replace(pattern, text))
}

/** A drop-in of an administrator for a unit. */
export function dropIn(unit: string, text: string): Change {
  return written(`/etc/systemd/system/${unit}.d/zz-local.conf`, text)
}

/** A unit masked as `systemctl mask` does it. */
export function masked(unit: string): Change {
  return nulled(`/etc/systemd/system/${unit}`)
}

/** A new unit that a target starts. */
export function started(unit: string, text: string, by = 'multi-user.target'): Change {
  return (tree) => {
    tree.write(`/etc/systemd/system/${unit}`, text)
    tree.link(`/etc/systemd/system/${by}.wants/${unit}`, `/etc/systemd/system/${unit}`)
  }
}

const database = '/var/lib/dpkg/status'

/** Another status of a package in dpkg's database; its files stay. */
export function statusOf(name: string, status: string): Change {
  return replaced(
    database,
    new RegExp(`^(Package: ${name}\\n(?:[^\\n]+\\n)*?Status: ).*$`, 'm'),
    `$1${status}`
  )
}

/** A package that somebody installed. */
export function installed(name: string): Change {
  return appended(
    database,
    `\nPackage: ${name}\nStatus: install ok installed\nPriority: optional\nSection: misc\n` +
      'Maintainer: Nobody <nobody@example.org>\nArchitecture: amd64\nVersion: 1-1\nDescription: added\n'
  )
}

/** An argument at the end of every kernel command line. */
export function argument(text: string): Change {
  return (tree) => {
    tree.cmdline((line) => `${line} ${text}`)
  }
}

/** An argument taken off every kernel command line. */
export function withoutArgument(text: string): Change {
  return (tree) => {
    tree.cmdline((line) =>
      line
        .split(' ')
        .filter((word) => word !== text)
        .join(' ')
    )
  }
}

/** Several changes that make one. */
export function all(...changes: readonly Change[]): Change {
  return async (tree: TreeEdit) => {
    for (const change of changes) await change(tree)
  }
}
