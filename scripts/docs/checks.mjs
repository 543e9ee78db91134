// docs/checks.md: the check types, their fields and who uses them.
import { stringify } from 'yaml'
import { commentsOf } from './json-schema.mjs'
import { anchor, code, codes, generatedMark, link, list, page, prose, table } from './markdown.mjs'

/** What each type asks. A new type without a sentence stops `npm run docs`. */
const questions = {
  package: "Which packages are installed? Only dpkg's `install ok installed` counts.",
  file: 'Is a file there, and what does its text say outside comments?',
  mode: 'Who may do what with a path: permission bits, owner, group. Links are followed inside the image.',
  directive:
    'Which value does a program find for a key, reading its configuration in its own order? Every value in force and every conditional override must answer the check.',
  unit: 'Does a boot start a systemd unit, and can the unit do its work?',
  'unit-property': 'Which value has a key of a systemd unit, with all its drop-ins?',
  account: 'A rule over passwd, shadow, group and gshadow, read together.',
  group: 'Do groups exist, in /etc/group or through sysusers.d at the first boot, and have they members?',
  'pam-stack': 'Which PAM modules does a service reach, in which order, with which controls and arguments?',
  sysctl: 'Which kernel settings does systemd-sysctl write at boot?',
  'audit-rule': 'Which audit rules and control lines are in force after boot?',
  nftables: 'What does the packet filter let through, as the real `nft` loads it?',
  cmdline: 'Which arguments stand on the kernel command line of every boot entry?',
  sudoers: 'Which defaults of sudo are in force, and what do its rules grant?',
  'kernel-module': 'Can modprobe load a kernel module?',
  'modules-load':
    'Which kernel modules do modules-load.d and the kernel command line load early, and can each of them be loaded?',
  permissions: 'A rule over the permissions of every file and directory.',
  secrets: 'Are there secrets or identities in the image that every device would share?',
  'shell-timeout': 'Does a login shell end by itself when nobody types?',
  'apt-sources': 'Does apt take only what somebody signed?',
  autostart:
    'What starts by itself: units, generators, init scripts, rc.local, tmpfiles.d, udev rules, hooks of the network, cron where it is started? Each must come unchanged from a listed package or be named.',
  listening:
    'What will the image listen on: sockets of systemd that a boot starts, and sshd, chronyd, rsyslogd, auditd, DHCP clients, systemd-networkd and systemd-resolved by their configuration? Other services that run on are unknown, unless their package is known to listen to nothing, their unit leaves them no network, or the list names them.',
  intact: 'Are programs still what their package brought, by the MD5 sums dpkg keeps?',
  'boot-chain':
    'What do the boot partitions of a disk start: unified kernel images, signed programs, a root that dm-verity checks?',
  swupdate: 'Does SWUpdate, where it is, take update packages with a signature only?',
  'access-point':
    'Do the networks of hostapd, where it is configured, let stations in by SAE or EAP only, and each by its own identity?',
  'mobile-code':
    'Do engines for containers and other mobile code, where there are some, run only what is signed by a key of the device?',
  usbguard: 'Has usbguard, where it is, rules that name what is allowed?',
  mounts: 'Do fstab and mount units mount what people plug in without programs, set-id bits and devices?'
}

/** @param kit `Check`, `Control` and `controls` of lib/controls, `comments` of their sources */
export function checksPage({ Check, controls, comments }) {
  const types = Check.options.map((schema) => ({ name: schema.entries.type.literal, schema }))
  const all = controls.flatMap((control) => control.checks.map((check) => ({ control, check })))
  return page(
    '# Checks',
    generatedMark,
    'A check is one question to an image, answered offline: nothing of the image is executed. Its result is `pass`, `fail`, `not-applicable` or `unknown`, with evidence (path, line, value). A check that crashes, or that needs files the image does not have, is `unknown`, never `pass`. It knows no requirement; the control that declares it maps it.',
    'Values may refer to parameters (`${password.minlen}`). Inside a regular expression the value is taken literally; in a list, a parameter that is a list gives one element per value. The first line `# yaml-language-server: $schema=…/kas-harden/schemas/control.schema.json` of a `control.yml` makes an editor help.',
    table(
      ['Type', 'What it asks', 'Checks of ours'],
      types.map(({ name }) => [
        link(name, name),
        prose(questionOf(name)),
        String(all.filter(({ check }) => check.type === name).length)
      ])
    ),
    ...types.flatMap(({ name, schema }) => section(name, schema, all, comments)),
    '## Operators',
    'How an actual value is compared with the wanted one. Numbers compare as numbers; `matches` and `not-matches` take a regular expression; `set` and `unset` take no value.',
    codes(optionsOf(Check, 'directive', 'op')),
    '## Sources of a directive',
    'Each is read in the order in which the program itself reads it.',
    words(optionsOf(Check, 'directive', 'source'), comments),
    '## Rules over accounts',
    words(optionsOf(Check, 'account', 'rule'), comments)
  )
}

function questionOf(name) {
  if (!questions[name])
    throw new Error(`scripts/docs/checks.mjs has no sentence for the check type '${name}'`)
  return questions[name]
}

function section(name, schema, all, comments) {
  const own = commentsOf(schema, comments)
  const used = all.filter(({ check }) => check.type === name)
  const users = [...new Set(used.map(({ control }) => control.id))]
  return [
    `## ${name}`,
    prose(questionOf(name)),
    table(
      ['Field', 'Takes', 'Default', 'Meaning'],
      Object.entries(schema.entries)
        .filter(([field]) => !['id', 'title', 'type', 'releases'].includes(field))
        .map(([field, form]) => [
          code(field) + (form.type === 'optional' ? '' : ' (needed)'),
          takes(form),
          form.default === undefined ? '' : code(form.default),
          prose(own?.get(field) ?? '')
        ])
    ),
    example(used[0]?.check),
    users.length > 0
      ? `Used by ${users.map((id) => `[${id}](controls.md#${anchor(id)})`).join(', ')}.`
      : undefined
  ]
}

/** What a field takes, in words. */
function takes(schema) {
  switch (schema.type) {
    case 'optional':
      return takes(schema.wrapped)
    case 'picklist':
      return schema.options.length > 4 ? 'one of the words below' : codes(schema.options)
    case 'literal':
      return code(schema.literal)
    case 'array':
      return `list of ${takes(schema.item)}`
    case 'union':
      return union(schema.options.map(takes))
    case 'record':
      return `map to ${takes(schema.value)}`
    case 'strict_object':
      return `{ ${Object.keys(schema.entries).join(', ')} }`
    case 'string':
      return 'text'
    default:
      return schema.type
  }
}

/** `text, number or boolean, or a list of them` */
function union(forms) {
  const single = forms.flatMap((form) => (form.startsWith('list of ') ? [] : [form]))
  const words = single.join(', ').replace(/, ([^,]*)$/, ' or $1')
  if (single.length === forms.length) return words
  return single.length === 1 ? `${words} or a list of it` : `${words}, or a list of them`
}

function example(check) {
  return check && `\`\`\`yaml\n${stringify([check], { lineWidth: 0 }).trimEnd()}\n\`\`\``
}

function optionsOf(Check, type, field) {
  const schema = Check.options.find((option) => option.entries.type.literal === type).entries[field]
  return (schema.wrapped ?? schema).options
}

function words(options, comments) {
  const own = comments.words.get(options.join())
  return list(options.map((word) => (own?.get(word) ? `${code(word)}: ${prose(own.get(word))}` : code(word))))
}
