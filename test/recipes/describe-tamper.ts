import { describe, expect, it } from 'vitest'
import { fileURLToPath } from 'node:url'
import { putInto, tryIn } from './debian-tree.ts'

const standIns = fileURLToPath(new URL('../stand-ins/gpio', import.meta.url))

/** The program that watches the housing. No machine of ours has such a line: its edges come from stand-ins. */
export function describeTamper(target: () => string): void {
  describe('the watch over the housing', () => {
    /** Watches sensors for a moment; what it said, what was recorded and what it asked for. */
    const watched = (libgpiod: string, level: string, edges: string, before = '') => {
      putInto(target(), 'gpio-stand-ins', standIns)
      const { output } = tryIn(
        target(),
        `echo "$1" > /run/libgpiod; printf "$2" > /run/level; printf "$3" > /run/edges; touch /run/asked /run/records
        mount -t tmpfs tmpfs /sys; mkdir -p /sys/class/hwmon/hwmon3; cd /sys/class/hwmon/hwmon3; echo nct6775 > name; echo 0 > intrusion0_alarm
        ${before}
        sed -e s/^calm=.*/calm=0/ -e s/^pause=.*/pause=1/ /usr/libexec/kas-harden/tamper > /run/tamper
        PATH=/gpio-stand-ins:$PATH timeout 3 sh /run/tamper; echo; sort /run/records; echo; cat /run/asked; echo; cat intrusion0_alarm`,
        libgpiod,
        level,
        edges
      )
      const [said = '', recorded = '', asked = '', latch = ''] = output.split('\n\n')
      return { said: said.split('\n').sort(), recorded: recorded.split('\n'), asked, latch: latch.trim() }
    }
    const gpio = 'gpio:gpiochip0/7/active-low'

    it.each([
      ['1.6.3', '1\\n0\\n', '--line-buffered --format=%e --active-low gpiochip0 7'],
      ['2.2.1', '1\\n2\\n', '--format=%e --active-low --chip gpiochip0 7']
    ])('tells an opening and a closing, with libgpiod %s', (version, edges, options) => {
      const { said, recorded, asked } = watched(version, '0\\n', edges)
      expect(said).toEqual([`<1>${gpio}: the housing is open`, `<5>${gpio}: the housing is closed`])
      expect(recorded).toEqual([
        `kas-harden-tamper: ${gpio}: the housing is closed`,
        `kas-harden-tamper: ${gpio}: the housing is open`
      ])
      expect(asked).toBe(options)
    })

    it('tells what was open at the start, and a latch that was set, which it resets', () => {
      const { said, latch } = watched('2.2.1', '1\\n', '', 'echo 1 > intrusion0_alarm')
      expect(said).toContain(`<1>${gpio}: the housing is open`)
      expect(said).toContain('<1>hwmon:nct6775/intrusion0: the housing is open')
      expect(said).toContain('<5>hwmon:nct6775/intrusion0: the housing is closed')
      expect(latch).toBe('0')
    })

    it('tells a sensor that is not there, once', () => {
      const { said } = watched('2.2.1', '', '', 'rm intrusion0_alarm; touch intrusion0_alarm')
      expect(said).toEqual([
        `<1>${gpio}: the sensor can't be read`,
        "<1>hwmon:nct6775/intrusion0: the sensor can't be read"
      ])
    })

    it('says so where no record can be written', () => {
      const { said } = watched('2.2.1', '1\\n', '', 'touch /run/no-audit')
      expect(said).toEqual([`<1>${gpio}: the housing is open`, '<3>no record of audit could be written of that'])
    })

    it('ends without a sensor', () => {
      const { code, output } = tryIn(target(), 'echo "# none" > /run/none; /usr/libexec/kas-harden/tamper /run/none')
      expect([code, output.split('\n')[0]]).toEqual([1, '<1>/run/none names no sensor'])
    })

    it('asks the real tools in words they know', () => {
      const { output } = tryIn(
        target(),
        `case $(gpiomon --version) in
        *v1.*) gpioget --active-low gpiochip0 7; gpiomon --line-buffered --format=%e --active-low gpiochip0 7 ;;
        *) gpioget --numeric --active-low --chip gpiochip0 7; gpiomon --format=%e --active-low --chip gpiochip0 7 ;;
        esac; gpiomon --no-such-option 2>&1 | tail -n 1`
      )
      const lines = output.trim().split('\n')
      expect(lines).toHaveLength(3)
      for (const line of lines.slice(0, 2)) expect(line).toMatch(/No such file or directory|cannot find GPIO chip/)
      expect(lines[2]).toMatch(/--help|cannot find/)
    })
  })
}
