import { describe, expect, it } from 'vitest'
import { tryIn } from './debian-tree.ts'

/**
 * A receiver, `receive NAME`, whose certificate has that name and is of the owner's CA, and rsyslog with our
 * configuration. There is no journal in here: records come by a socket instead, the rest is ours.
 */
const setup = `
PATH=/usr/sbin:/usr/bin:/sbin:/bin; ip link set lo up; echo '127.0.0.1 logs.example.org' > /etc/hosts; cd /tmp
/usr/libexec/kas-harden/device-key 2> /dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=ca -out ca.pem -days 9 2> /dev/null
cp ca.pem /etc/kas-harden/log-ca.pem
sed 's,^module(.*,module(load="imuxsock" SysSock.Use="off") input(type="imuxsock" Socket="/tmp/log"),' /etc/rsyslog.conf > conf
receive() {
  openssl req -newkey rsa:2048 -nodes -keyout key -subj "/CN=$1" -out csr 2> /dev/null
  printf "subjectAltName=DNS:$1" > ext; openssl x509 -req -in csr -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -extfile ext -out cert -days 9 2> /dev/null
  sleep 60 | openssl s_server -accept 6514 -cert cert -key key -verify 1 > got 2>&1 &
  until ss -Htln | grep -q 6514; do sleep 0.1; done
}
send() { rsyslogd -n -f conf -i pid 2> said & until [ -S log ]; do sleep 0.1; done; logger -u log -t test "$1"; }
await() { for _ in $(seq 100); do grep -aq "$1" "$2" 2> /dev/null && break; sleep 0.1; done; grep -aom1 "$1" "$2"; }
`

/** That records reach the right receiver and nobody else, with the real rsyslog. */
export function describeLogForward(target: () => string): void {
  const lines = (script: string) => tryIn(target(), setup + script).output.trim().split('\n')

  describe('records', () => {
    it('are configured as the rsyslog of the release understands it', () => {
      const { code, output } = tryIn(target(), '/usr/libexec/kas-harden/device-key; rsyslogd -N1 -f /etc/rsyslog.conf')
      expect(code, output).toBe(0)
      expect(output).not.toMatch(/error|warning/i)
    })

    it('go to the receiver by TLS, and the device shows its certificate', () => {
      const output = lines(
        `receive logs.example.org ca; send 'a record'; await 'test - - -  a record' got; grep -ao 'CIPHER is TLS_' got; grep -aom1 "^subject=CN *= *$(uname -n)" got | cut -c1-10`
      )
      expect(output).toEqual(['test - - -  a record', 'CIPHER is TLS_', 'subject=CN'])
    })

    it.for([
      ['of another name', 'logs.evil.example', 'ca'],
      ['of another CA', 'logs.example.org', 'other']
    ])('do not go to a receiver %s', ([, name, authority]) => {
      const output = lines(
        `openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -subj /CN=other -out other.pem -days 9 2> /dev/null
        receive ${name} ${authority}; send 'a record'; await '^ERROR' got; grep -ac 'a record' got`
      )
      expect(output).toEqual(['ERROR', '0'])
    })
  })
}
