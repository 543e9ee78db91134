import { describe, expect, it } from 'vitest'
import { tryIn } from './debian-tree.ts'

/**
 * The switch of this machine's kernel can't be turned back and its modules are not ours: files lie over both, and
 * nothing is run where they can't.
 */
const standIns = `
set -e
mkdir -p /stand-ins; echo 0 > /stand-ins/switch
printf '#!/bin/sh\\necho "$@" >> /stand-ins/asked; case $* in *absent*) exit 1;; esac\\n' > /stand-ins/kmod; chmod +x /stand-ins/kmod
mount -t tmpfs tmpfs /proc/sys/kernel; ln -s /stand-ins/switch /proc/sys/kernel/modules_disabled
mount --bind /stand-ins/kmod "$(readlink -f "$(command -v modprobe)")"
[ "$(readlink /proc/sys/kernel/modules_disabled)" = /stand-ins/switch ] && cmp -s /stand-ins/kmod "$(command -v modprobe)"
set +e
list=/etc/modules-load.d/60-kas-harden-site.conf
lock() { /usr/libexec/kas-harden/modules > /tmp/said 2>&1; echo "$? $(cat /stand-ins/switch)"; }
`

/** What ends the loading of kernel modules. */
export function describeModules(target: () => string): void {
  describe('the closed list of kernel modules', () => {
    it('is loaded, and then nothing is', () => {
      const { output } = tryIn(target(), `${standIns} printf '# why\\n\\nvfat\\nnls-ascii' > $list; lock; cat /stand-ins/asked; lock; wc -l < /stand-ins/asked`)
      expect(output.trim().split('\n')).toEqual(['0 1', '--quiet -- vfat', '--quiet -- nls-ascii', '0 1', '2'])
    })

    it('is closed too where a module is missing, which is told', () => {
      const { output } = tryIn(target(), `${standIns} printf 'absent\\nvfat\\n' > $list; lock; tail -1 /tmp/said`)
      expect(output.trim().split('\n')).toEqual(['1 1', 'on the list, but not loaded: absent'])
    })

    it('is left open where there is none', () => {
      const { output } = tryIn(target(), `${standIns} rm $list; lock`)
      expect(output.trim()).toBe('1 0')
    })
  })
}
