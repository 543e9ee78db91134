import { readdir, readFile } from 'node:fs/promises'
import { runOk, nodeExec } from '../../lib/base/exec.ts'
import type { Io } from '../../lib/base/io.ts'

/** The real world for a test, with its own interrupt and its own place for temporary files. */
export function testIo(temporary: string, interrupt = new AbortController()): Io {
  return {
    argv: [],
    env: { ...process.env, TMPDIR: temporary },
    cwd: temporary,
    stdout: { write: () => true },
    stderr: { write: () => true },
    exec: nodeExec(process.env, interrupt.signal),
    now: () => 0,
    uid: process.getuid!(),
    signal: interrupt.signal
  }
}

/** Writes a GPT disk with one empty EFI system partition: firmware finds nothing to boot on it. */
export async function makeEmptyDisk(path: string, io: Io): Promise<void> {
  const mebibytes = 36
  await runOk(io.exec, 'build', 'truncate', ['-s', `${mebibytes}M`, path])
  const esp = 'start=2048, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\n'
  await runOk(io.exec, 'build', 'sfdisk', ['-q', '--no-reread', path], { input: `label: gpt\n${esp}` })
  await runOk(io.exec, 'build', 'mkfs.vfat', [
    '--offset',
    '2048',
    '-F',
    '32',
    path,
    String((mebibytes - 2) * 1024)
  ])
}

/** Process ids of running programs whose command line contains a text. */
export async function processesWith(text: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return ids.filter((_, index) => lines[index]!.includes(text))
}
