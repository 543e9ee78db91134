import type { CheckOf } from '../../controls/check.ts'
import type { Evidence } from '../../controls/result.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { absent, combined, failed, passed, undecided } from '../check-context.ts'
import { readBootChain, verityRootOf, verityWeakenedBy } from '../readers/boot-chain.ts'
import { readCommandLines } from '../readers/command-lines.ts'
import { kernelWords } from '../readers/kernel-words.ts'
import { readPeSignature } from '../../image/pe-signature.ts'
import { judgeSignature } from './boot-signature.ts'
import { judgeVerityTree } from './verity-tree.ts'

const optionOf = {
  unified: 'unified-kernel',
  verity: 'verity',
  'verity-tree': 'verity',
  signed: 'secure-boot'
}

/** What starts the kernel, as the boot partitions of a disk have it. */
export async function checkBootChain(check: CheckOf<'boot-chain'>, context: CheckContext): Promise<Outcome> {
  const answer = await judge(check, context)
  if (answer !== undefined) return answer
  const option = optionOf[check.rule]
  if (!check.expected?.includes(option)) return absent(`The image has no ${option}`)
  return context.image.esp
    ? failed(`The product should have ${option}, and the image has none`)
    : undecided(`Only a disk image shows ${option}, and this is none`)
}

/** Undefined where there is nothing the rule is about. */
async function judge(check: CheckOf<'boot-chain'>, context: CheckContext): Promise<Outcome | undefined> {
  switch (check.rule) {
    case 'unified':
      return onlyUnified(context)
    case 'signed':
      return allSigned(context)
    case 'verity':
      return rootHashes(context)
    case 'verity-tree':
      return judgeVerityTree(context)
  }
}

async function onlyUnified(context: CheckContext): Promise<Outcome | undefined> {
  const { programs, environments } = await context.read(readBootChain)
  const unified = programs.filter((one) => one.unified)
  if (unified.length === 0) return undefined
  const inside = new Set(unified.map(({ source }) => source))
  const loose = (await context.read(readCommandLines)).filter(({ source }) => !inside.has(source))
  const parts = [
    ...loose.map(({ source, cmdline }) =>
      failed(`${source} starts a kernel with arguments anybody can change`, [
        { path: source, value: cmdline }
      ])
    ),
    ...environments.flatMap(({ source, program, arguments: more }) => [
      ...(program?.unified ? [] : [failed(`${source} names no unified kernel image`, [{ path: source }])]),
      ...(more === ''
        ? []
        : [failed(`${source} adds arguments to the kernel's own`, [{ path: source, value: more }])])
    ])
  ]
  return combined(parts, `${unified.map(({ source }) => source).join(', ')}: nothing else starts a kernel`)
}

async function allSigned(context: CheckContext): Promise<Outcome | undefined> {
  const { programs } = await context.read(readBootChain)
  if (!programs.some(({ file }) => readPeSignature(file) !== undefined)) return undefined
  const parts: Outcome[] = []
  for (const { source, file } of programs) {
    const signature = readPeSignature(file)
    parts.push(
      signature === undefined
        ? failed(`${source} has no signature`, [{ path: source }])
        : await judgeSignature(source, file, signature, context)
    )
  }
  return combined(parts, `${programs.length} EFI programs have a signature that fits`)
}

async function rootHashes(context: CheckContext): Promise<Outcome | undefined> {
  const lines = (await context.read(readCommandLines)).map(({ source, cmdline }) => {
    const words = kernelWords(cmdline)
    return { source, cmdline, root: verityRootOf(words), weak: verityWeakenedBy(words) }
  })
  if (!lines.some(({ root }) => root !== undefined)) return undefined
  const parts = lines.map(({ source, cmdline, root, weak }) => {
    const evidence: Evidence[] = [{ path: source, value: cmdline }]
    if (root === undefined) return failed(`${source} starts a kernel without a root hash`, evidence)
    if (!/^[0-9a-f]{64}(?:[0-9a-f]{64})?$/i.test(root.hash))
      return failed(`${source}: '${root.hash}' is no root hash of SHA-256 or SHA-512`, evidence)
    return weak.length > 0
      ? failed(`${source}: ${weak.join(' ')} lets a changed root pass`, evidence)
      : passed(`${source} has a root hash`, evidence)
  })
  return combined(parts, 'Every command line names the root hash')
}
