import { describe, expect, it } from 'vitest'
import { tryIn } from './debian-tree.ts'

/** A device after its first start, with somebody's files on it; `state` lists what a backup is about. */
const device = `
PATH=/usr/sbin:/usr/bin:/sbin:/bin
cd /; useradd -m op; touch "/home/op/a
b"; echo one > /root/notes; ln -s notes /root/link; setfacl -m g:kas-auditor:r /root/notes
/usr/libexec/kas-harden/factory-state; /usr/libexec/kas-harden/device-key
state() { find etc home root -printf '%p %y %m %U:%G %l ' \\( -type f -exec sha256sum {} \\; -o -printf '\\n' \\) | grep -v -e ssh_host_ -e machine-id | sort; getfacl -cp /root/notes; }
change() {
  rm -r /etc/sudoers.d; echo evil > /root/notes; rm /root/link; mkdir /root/link; touch /root/link/x /home/op/new
  useradd -m eve; chmod 777 /etc/passwd; rm /etc/login.defs; ln -s /etc/passwd /etc/login.defs; rm -r /home/op; ln -s /etc /home/op
}
boot() { /usr/libexec/kas-harden/put-back; }
`

/** Stands in for mv: the device is switched off at the CUT_AT-th file. */
const powerCut = `
mkdir /stand-ins; cat > /stand-ins/mv << 'END'
#!/bin/sh
echo x >> /tmp/moved
[ "$(wc -l < /tmp/moved)" -ne "$(cat /tmp/cut-at)" ] || kill -9 0
exec /usr/bin/mv "$@"
END
chmod +x /stand-ins/mv
cut_at() { rm -f /tmp/moved; echo "$1" > /tmp/cut-at; (PATH=/stand-ins:$PATH setsid --wait "\${@:2}" > /tmp/said 2>&1; echo "ended $?") 2> /dev/null; }
`

/** Backup, restore and reset as our package does them on a device. */
export function describeRecovery(target: () => string): void {
  const lines = (script: string) => tryIn(target(), device + script).output.trim().split('\n')

  describe('a backup', () => {
    it('has the state and no key of the device, and verifies', () => {
      const output = lines(
        `ssh-keygen -A > /dev/null; mkdir -p /etc/ssl/private; echo key > /etc/ssl/private/app.pem
        kas-harden-backup create /tmp/b && stat -c %a /tmp/b; ls /tmp | grep -v said; kas-harden-backup verify /tmp/b | head -1
        tar -xOf /tmp/b data | tar -tz > /tmp/list; grep -cx -e ./etc/shadow -e ./home/op/ -e ./root/notes /tmp/list; grep -E 'ssh_host|machine-id|app.pem|kas-harden/device' /tmp/list`
      )
      expect(output).toEqual(['600', 'b', 'kas-harden-backup/1', '3'])
    })

    it('is refused when it was changed, cut off, put together by others or signed by another device', () => {
      const output = lines(
        `kas-harden-backup create /tmp/b; cd /tmp; size=$(stat -c %s b)
        cp b flipped; printf X | dd of=flipped bs=1 seek=5000 conv=notrunc status=none
        head -c $((size / 2)) b > short; echo no backup > text; tar -cf more -C / etc/hostname etc/passwd
        mkdir m; tar -C m -xf b; echo evil > m/data; (cd m; sha256sum about data paths > manifest; tar -cf ../forged about data paths manifest manifest.sig)
        for one in flipped short text more forged none; do kas-harden-backup restore $one; done
        cp /var/lib/kas-harden/device/public.pem old.pem; rm -r /var/lib/kas-harden/device; /usr/libexec/kas-harden/device-key
        kas-harden-backup verify b; kas-harden-backup verify b --key old.pem > /dev/null && echo old device
        ls -d /var/lib/kas-harden/*; ls /var/tmp`
      )
      const refused = (text: string) => expect.stringMatching(new RegExp(`^kas-harden-backup: ${text}`)) as string
      expect(output).toEqual([
        refused('flipped is (not what was backed up|cut off)'),
        refused('short is (no backup of ours, or is )?cut off'),
        refused('text is no backup of ours'),
        refused('more is no backup of ours'),
        refused('forged is not signed by'),
        refused("none can't be read"),
        refused('b is not signed by'),
        'old device',
        ...['/var/lib/kas-harden/device', '/var/lib/kas-harden/factory']
      ])
    })

    it('is encrypted to a recipient, without whose key nobody restores it', () => {
      const output = lines(
        `cd /tmp; age-keygen -o key 2> /dev/null; age-keygen -y key 2> /dev/null > /etc/kas-harden/backup.recipient
        kas-harden-backup create b; tar -xOf b data | head -c 21; echo; kas-harden-backup verify b | tail -1
        kas-harden-backup restore b; age-keygen -o other 2> /dev/null; kas-harden-backup restore b --identity other 2>&1 | tail -1
        kas-harden-backup restore b --identity key > /dev/null && change && boot; kas-harden-backup create c --recipient nobody 2>&1 | tail -1; ls`
      )
      expect(output).toEqual([
        ...['age-encryption.org/v1', 'encryption age'],
        'kas-harden-backup: b is encrypted: name the key with --identity',
        "kas-harden-backup: other doesn't open b",
        'the state of this device is put back (restore)',
        "kas-harden-backup: age doesn't take the recipient nobody",
        ...['b', 'key', 'other']
      ])
    })

    it('changes nothing before the next start, and is what was there afterwards; keys of the device stay', () => {
      const output = lines(
        `state > /tmp/before; kas-harden-backup create /tmp/b; change; ssh-keygen -A > /dev/null; sha256sum /etc/ssh/ssh_host_* > /tmp/keys
        state > /tmp/changed; kas-harden-backup restore /tmp/b > /dev/null; state | cmp - /tmp/changed && echo unchanged
        boot; state | diff /tmp/before - && echo the same; sha256sum --check --status /tmp/keys && echo keys; ls /var/lib/kas-harden; boot`
      )
      expect(output).toEqual([
        ...['unchanged', 'the state of this device is put back (restore)', 'the same', 'keys', 'device', 'factory']
      ])
    })
  })

  describe('putting the state back', () => {
    it.for([1, 7, 40])('goes on at the next start when it was interrupted at file %i', (at) => {
      const output = lines(
        `${powerCut} state > /tmp/before; kas-harden-backup create /tmp/b; change; find /etc -maxdepth 1 -type f -exec chmod o+w {} +
        kas-harden-backup restore /tmp/b > /dev/null; cut_at ${at} /usr/libexec/kas-harden/put-back
        for file in /etc/passwd /etc/shadow /etc/group; do [ -s $file ] || echo $file is gone; done; grep -c . /var/lib/kas-harden/restore/ready
        boot; state | diff /tmp/before - && echo the same; find / -xdev -name '*kas-harden-new'`
      )
      // Killed itself, or one of its programs was.
      expect(output[0]).toMatch(/^ended (?:137|123)$/)
      expect(output.slice(1)).toEqual(['1', 'the state of this device is put back (restore)', 'the same'])
    })

    it('is nothing the next start does when preparing it was interrupted', () => {
      const output = lines(
        `${powerCut} sed 's,^PATH=,&/stand-ins:,' /usr/sbin/kas-harden-backup > /tmp/backup; change; state > /tmp/changed
        cut_at 1 sh /tmp/backup reset --confirm $(uname -n); boot; state | cmp - /tmp/changed && echo unchanged
        kas-harden-backup reset --confirm $(uname -n) > /dev/null; kas-harden-backup cancel; boot; state | cmp - /tmp/changed && echo unchanged`
      )
      expect(output).toEqual(['ended 137', 'unchanged', 'unchanged'])
    })
  })

  describe('a reset', () => {
    it('brings the state as shipped back, removes keys and what the product names, and leaves records', () => {
      const output = lines(
        `state > /tmp/before; change; ssh-keygen -A > /dev/null; echo 0123456789abcdef0123456789abcdef > /etc/machine-id
        echo x > /var/tmp/state; mkdir -p /var/log/audit; echo record > /var/log/audit/audit.log
        kas-harden-backup reset --confirm not-me; kas-harden-backup reset; kas-harden-backup reset --confirm $(uname -n) > /dev/null; boot
        state | diff /tmp/before - && echo as shipped; ls /etc/ssh/ssh_host_* /var/tmp/state 2>&1 | grep -c 'No such'; stat -c %s /etc/machine-id; cat /var/log/audit/audit.log; ls /var/lib/kas-harden`
      )
      expect(output.filter((line) => !/^usage:|^ {7}kas-harden/.test(line))).toEqual([
        expect.stringMatching(/^kas-harden-backup: this device is \S+, not not-me$/),
        'the state of this device is put back (reset)',
        ...['as shipped', '2', '0', 'record', 'factory']
      ])
    })

    it('is refused where the state as shipped is damaged or was never kept', () => {
      const output = lines(
        `echo x >> /var/lib/kas-harden/factory/data; kas-harden-backup reset --confirm $(uname -n); rm -r /var/lib/kas-harden/factory
        kas-harden-backup reset --confirm $(uname -n); boot; ls /var/lib/kas-harden
        ${powerCut} cut_at 1 /usr/libexec/kas-harden/factory-state; ls /var/lib/kas-harden/factory/manifest 2> /dev/null; /usr/libexec/kas-harden/factory-state; cd /var/lib/kas-harden/factory && sha256sum -c --status manifest && echo kept`
      )
      expect(output).toEqual([
        'kas-harden-backup: the state this device was shipped with is damaged: /var/lib/kas-harden/factory',
        'kas-harden-backup: the state this device was shipped with was never kept (kas-harden-factory.service)',
        ...['device', 'ended 137', 'kept']
      ])
    })
  })

  describe('erasing', () => {
    const luks = (type: string, file: string) =>
      `truncate -s 32M ${file}; echo secret | cryptsetup luksFormat -q --type ${type} --pbkdf pbkdf2 --pbkdf-force-iterations 1000 ${file} -`

    it('destroys every key of encrypted storage, and says so only when none is left', () => {
      const output = lines(
        `cd /tmp; ${luks('luks1', 'one')}; ${luks('luks2', 'two')}; echo plain > three; me=$(uname -n)
        for one in one two three; do kas-harden-erase keys --confirm $me $one; echo secret | cryptsetup open --test-passphrase $one - > /dev/null 2>&1 || echo closed; done
        kas-harden-erase keys --confirm you one; kas-harden-erase keys one 2>&1 | head -1; kas-harden-erase device --confirm $me one
        mkdir /stand-ins; printf '#!/bin/sh\\n[ "$1" = erase ] || exec /sbin/cryptsetup "$@"\\n' > /stand-ins/cryptsetup; chmod +x /stand-ins/cryptsetup
        ${luks('luks2', 'four')}; sed 's,^PATH=,&/stand-ins:,' /usr/sbin/kas-harden-erase > stale; sh stale keys --confirm $me four`
      )
      expect(output).toEqual([
        'one: 1 keys erased, none left (verified); nobody can open it again',
        'closed',
        'two: 1 keys erased, none left (verified); nobody can open it again',
        'closed',
        'kas-harden-erase: three is not encrypted with LUKS',
        'closed',
        expect.stringMatching(/^kas-harden-erase: this device is \S+, not you$/),
        expect.stringMatching(/^usage: kas-harden-erase/),
        'kas-harden-erase: one is not a block device',
        'kas-harden-erase: four still has 1 keys'
      ])
    })

    it('is recorded with its outcome, as backup and restore are', () => {
      // stands in for auditctl: the kernel takes no records from a namespace
      const output = lines(
        `printf '#!/bin/sh\\necho "$@" >> /tmp/records\\n' > /usr/sbin/auditctl; chmod +x /usr/sbin/auditctl; cd /tmp; me=$(uname -n)
        kas-harden-backup create b; kas-harden-backup restore none 2> /dev/null; kas-harden-backup restore b > /dev/null; kas-harden-backup cancel
        ${luks('luks2', 'one')}; kas-harden-erase keys --confirm $me one > /dev/null; kas-harden-erase device --confirm $me b 2> /dev/null
        cat records`
      )
      expect(output).toEqual([
        '-m kas-harden-backup create: done',
        '-m kas-harden-backup restore: failed (1)',
        '-m kas-harden-backup restore: done',
        '-m kas-harden-backup cancel: done',
        '-m kas-harden-erase keys: done',
        '-m kas-harden-erase device: failed'
      ])
    })

    it('overwrites and removes listed files and follows no link', () => {
      const output = lines(
        `printf '/home\\n/srv\\n/nowhere\\n' > /etc/kas-harden/erase.paths; mkdir -p /srv/a/b; echo x > "/srv/a/b/c d"; ln -s /etc /srv/etc; mkfifo /srv/pipe
        kas-harden-erase files --confirm $(uname -n) | head -2; find /srv /home; ls /etc/passwd`
      )
      expect(output).toEqual([
        expect.stringMatching(/^\/home: \d+ files overwritten and removed, 0 there now$/),
        '/srv: 1 files overwritten and removed, 0 there now',
        ...['/srv', '/home', '/etc/passwd']
      ])
    })
  })
}
