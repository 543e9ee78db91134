import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPam } from '../../lib/verify/readers/pam.ts'
import { runPamStack } from '../../lib/verify/readers/pam-run.ts'
import type { PamAnswer } from '../../lib/verify/readers/pam-line.ts'
import { output } from './oracle.ts'
import { contextOf } from './run-tree.ts'
import { treeImage } from './tree-image.ts'

/** Asks the real libpam (which looks for relative includes in /etc/pam.d only, so they are absolute here): stdin is JSON of configurations, stdout whether pam_authenticate succeeds in each. */
const program = `
import ctypes, json, os, shutil, sys, tempfile
pam = ctypes.CDLL('libpam.so.0')
class Conv(ctypes.Structure):
    _fields_ = [('conv', ctypes.c_void_p), ('data', ctypes.c_void_p)]
answers = []
for files in json.load(sys.stdin):
    where = tempfile.mkdtemp()
    for name, text in files.items():
        with open(os.path.join(where, name), 'w') as f:
            f.write(text.replace('@DIR', where))
    handle = ctypes.c_void_p()
    conv = Conv()
    started = pam.pam_start_confdir(b'service', b'nobody', ctypes.byref(conv), where.encode(), ctypes.byref(handle))
    answers.append(started == 0 and pam.pam_authenticate(handle, 0) == 0)
    pam.pam_end(handle, 0)
    shutil.rmtree(where)
json.dump(answers, sys.stdout)
`

const control = fc.oneof(
  fc.constantFrom('required', 'requisite', 'sufficient', 'optional', 'REQUIRED'),
  fc.constantFrom(
    '[success=1 default=ignore]',
    '[success=2 default=ignore]',
    '[default=die]',
    '[success=ok default=bad]',
    '[success=done default=ignore]',
    '[success=ok new_authtok_reqd=ok ignore=ignore default=bad]',
    '[auth_err=1 success=ok default=die]',
    '[success=reset default=ignore]'
  )
)
const answers: readonly PamAnswer[] = ['success', 'auth_err', 'ignore']
const module = fc.constantFrom(
  'pam_permit.so',
  'pam_deny.so',
  ...answers.map((answer) => `pam_debug.so auth=${answer}`)
)
const plain = fc
  .tuple(fc.constantFrom('auth', 'auth', '-auth', 'AUTH'), control, module, fc.constantFrom('', ' # why'))
  .map((words) => `${words.slice(0, 3).join(' \\t')}${words[3]}`.replaceAll('\\t', '\t'))
const including = (name: string) =>
  fc.constantFrom(`auth include ${name}`, `auth substack ${name}`, `@include ${name}`)
const stack = (...includes: readonly string[]) =>
  fc
    .array(
      fc.oneof(
        { weight: 5, arbitrary: plain },
        ...includes.map((name) => ({ weight: 1, arbitrary: including(name) }))
      ),
      { minLength: 1, maxLength: 6 }
    )
    .map((lines) => `${lines.join('\n')}\n`)

const configuration = fc.record({
  service: stack('@DIR/one', '@DIR/two'),
  one: stack('@DIR/two'),
  two: stack()
})

test('a run of a stack comes to the same end as in libpam', async () => {
  const samples = fc.sample(configuration, { numRuns: 600, seed: 20261122 })
  const real = JSON.parse(output('python3', ['-c', program], JSON.stringify(samples))) as boolean[]
  let successes = 0
  for (const [at, files] of samples.entries()) {
    const image = treeImage(
      Object.fromEntries(
        Object.entries(files).map(([name, text]) => [
          `/etc/pam.d/${name}`,
          text.replaceAll('@DIR', '/etc/pam.d')
        ])
      )
    )
    const modules = (await readPam(await contextOf(image))).stack('service', 'auth') ?? []
    const run = runPamStack(modules, ({ module: name, arguments: words }) => {
      if (name === 'pam_permit.so') return 'success'
      return name === 'pam_deny.so'
        ? 'auth_err'
        : (answers.find((answer) => words.includes(`auth=${answer}`)) ?? 'ignore')
    })
    expect({ files, success: run.success }).toEqual({ files, success: real[at] })
    if (run.success) successes++
  }
  // The samples tell both ends apart.
  expect(successes).toBeGreaterThan(50)
  expect(successes).toBeLessThan(550)
})

test('a service without lines of its own falls back to other', async () => {
  const pam = await readPam(
    await contextOf(
      treeImage({
        '/etc/pam.d/x': 'account required pam_permit.so\n',
        '/usr/lib/pam.d/other': 'auth required pam_deny.so\n'
      })
    )
  )
  expect(pam.stack('x', 'auth')?.map(({ module: name }) => name)).toEqual(['pam_deny.so'])
  expect(pam.stack('missing', 'auth')?.length).toBe(1)
})

test('includes that never end are refused', async () => {
  const pam = await readPam(await contextOf(treeImage({ '/etc/pam.d/a': '@include a\n' })))
  expect(() => pam.stack('a', 'auth')).toThrow(/deeper/)
})
