import { open } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { HardenError, messageOf } from '../base/errors.ts'
import { withTemporaryDirectory, writeWhole } from '../base/files.ts'
import type { Finding } from '../base/finding.ts'
import type { Io } from '../base/io.ts'
import { plainText } from '../base/text.ts'
import type { Control } from '../controls/control.ts'
import type { RuntimeEvidence, RuntimeResult } from './inputs.ts'
import { RuntimeFile, runtimePayload, signatureNamespace } from './runtime-format.ts'

/** A file of more bytes is not read. */
const mostBytes = 16 * 1024 * 1024

/** What the reader needs beside the file. */
export interface RuntimeFileOptions {
  /** Of the profile: a result of another control, or for a line its control doesn't serve, does not count. */
  controls: readonly Control[]
  /** Path of a file as ssh-keygen(1), ALLOWED SIGNERS, describes it; without it no signature is trusted. */
  allowedSigners?: string
}

/** Evidence of the running system, and what has to be said about it. */
export interface ReadRuntime {
  evidence: RuntimeEvidence
  findings: readonly Finding[]
}

/**
 * Reads what a runner saw on the booted image. Only a file signed by an allowed signer is trusted: another
 * one is the tester's word, whose failures count and whose passes prove nothing. Which image it is about is
 * compared by `assess`.
 * @throws HardenError usage: `RUNTIME_FILE` for a file that can't be read or is no such file,
 *   `RUNTIME_SIGNATURE` for a signature that does not fit; environment when ssh-keygen is missing.
 */
export async function readRuntimeFile(
  path: string,
  options: RuntimeFileOptions,
  io: Pick<Io, 'exec' | 'env'>
): Promise<ReadRuntime> {
  const document = parseDocument(await readText(path), path)
  const findings: Finding[] = []
  const trusted = await isTrusted(document, path, { ...options, ...io }, findings)
  const results = document.results.flatMap((one) => resultOf(one, path, options.controls, findings))
  return { evidence: { results, imageSha512: document.image.sha512, trusted }, findings }
}

async function readText(path: string): Promise<string> {
  try {
    const file = await open(path)
    try {
      const about = await file.stat()
      if (!about.isFile()) throw refused(path, 'It is no ordinary file.')
      if (about.size > mostBytes) throw refused(path, `It has ${about.size} bytes, more than ${mostBytes}.`)
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof HardenError) throw error
    throw refused(path, `It can't be read: ${messageOf(error)}`)
  }
}

function parseDocument(text: string, path: string): RuntimeFile {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (error) {
    throw refused(path, `It is no JSON: ${messageOf(error)}`)
  }
  const parsed = v.safeParse(RuntimeFile, raw)
  if (parsed.success) return parsed.output
  const findings = parsed.issues.map((issue): Finding => {
    const keys = (issue.path ?? []).map(({ key }) =>
      typeof key === 'number' ? `[${key}]` : `.${String(key)}`
    )
    const place = keys.join('').replace(/^\./, '') || 'the document'
    const unknown = issue.type === 'strict_object' && issue.expected === 'never'
    const missing = issue.received === 'undefined'
    const what = unknown ? 'is no field of this form' : missing ? 'is missing' : issue.message
    return {
      code: 'RUNTIME_FILE',
      severity: 'error',
      message: `${plainText(place)} ${plainText(what)}`,
      path
    }
  })
  throw refused(path, 'It is no result file of the running system:', findings)
}

async function isTrusted(
  document: RuntimeFile,
  path: string,
  { allowedSigners, exec, env }: RuntimeFileOptions & Pick<Io, 'exec' | 'env'>,
  findings: Finding[]
): Promise<boolean> {
  const { signature } = document
  const declared = (code: string, why: string, hint: string) => {
    findings.push({
      code,
      severity: 'warning',
      message: `The results of the running system ${why}: they count as declared, so their passes prove nothing.`,
      path,
      hint
    })
    return false
  }
  if (signature === undefined) {
    return declared(
      'RUNTIME_UNSIGNED',
      'are not signed',
      `Sign what \`jq -cS 'del(.signature)' FILE\` prints with \`ssh-keygen -Y sign -n ${signatureNamespace}\` and put the signature into the field signature.`
    )
  }
  if (allowedSigners === undefined) {
    return declared(
      'RUNTIME_SIGNER_UNKNOWN',
      'are signed, but nobody said whose signature is allowed',
      'Name the file of allowed signers (ssh-keygen(1)): --allowed-signers FILE'
    )
  }
  const { identity } = document.tester
  if (identity === undefined) {
    throw signatureError(path, 'tester.identity, whom the signature has to be of, is missing')
  }
  await withTemporaryDirectory(env['TMPDIR'] ?? '/tmp', async (directory) => {
    const file = join(directory, 'signature')
    await writeWhole(file, `${signature.trimEnd()}\n`)
    const { exitCode, stdout, stderr } = await exec.run(
      'ssh-keygen',
      ['-Y', 'verify', '-f', allowedSigners, '-I', identity, '-n', signatureNamespace, '-s', file],
      { input: runtimePayload(document), timeout: 60_000 }
    )
    if (exitCode === 0) return
    const said = plainText(`${stderr} ${stdout.toString()}`.replaceAll(file, 'the signature').trim())
    throw signatureError(path, `ssh-keygen does not accept it for ${identity}: ${said}`)
  })
  return true
}

function resultOf(
  one: RuntimeFile['results'][number],
  path: string,
  controls: readonly Control[],
  findings: Finding[]
): RuntimeResult[] {
  const [controlId = '', check = ''] = one.check.split('/')
  const wanted = [one.requirement].flat()
  const control = controls.find(({ id }) => id === controlId)
  const requirements = wanted.filter((id) => control?.requirements.some((line) => line.id === id))
  const lost = wanted.filter((id) => !requirements.includes(id))
  if (lost.length > 0) {
    findings.push({
      code: 'RUNTIME_NOT_COUNTED',
      severity: 'warning',
      message: control
        ? `The result of '${one.check}' does not count for ${lost.join(', ')}: the control doesn't serve it.`
        : `The result of '${one.check}' does not count: this target has no control '${controlId}'.`,
      path,
      requirement: lost
    })
  }
  if (requirements.length === 0) return []
  const console = one.console === undefined ? undefined : one.console.slice(0, 400)
  return [
    {
      id: one.check,
      control: controlId,
      check,
      title: one.title ?? one.check,
      type: 'runtime',
      status: one.result,
      message: one.message,
      evidence:
        one.command === undefined && console === undefined ? [] : [{ command: one.command, output: console }],
      requirements
    }
  ]
}

function refused(path: string, message: string, findings: readonly Finding[] = []): HardenError {
  return new HardenError('usage', 'RUNTIME_FILE', `${path}: ${message}`, {
    path,
    findings,
    hint: 'schemas/runtime-results.schema.json describes the form.'
  })
}

function signatureError(path: string, why: string): HardenError {
  return new HardenError('usage', 'RUNTIME_SIGNATURE', `${path}: the signature does not fit: ${why}`, {
    path,
    hint: 'The file was changed after it was signed, or somebody else signed it. Without the field signature it counts as declared.'
  })
}
