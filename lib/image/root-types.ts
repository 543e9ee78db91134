/** What the Discoverable Partitions Specification (UAPI Group) says a GPT type is for. */
export interface DiscoverableType {
  role: 'root' | 'root-verity'
  architecture: string
}

/** Type GUIDs of the architectures Debian has or had: root, and the dm-verity hashes of it. */
const types: readonly (readonly [architecture: string, root: string, verity: string])[] = [
  ['x86-64', '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709', '2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5'],
  ['arm64', 'B921B045-1DF0-41C3-AF44-4C6F280D3FAE', 'DF3300CE-D69F-4C92-978C-9BFB0F38D820'],
  ['arm', '69DAD710-2CE4-4E3C-B16C-21A1D49ABED3', '7386CDF2-203C-47A9-A498-F2ECCE45A2D6'],
  ['x86', '44479540-F297-41B2-9AF7-D131D5F0458A', 'D13C5D3B-B5D1-422A-B29F-9454FDC89D76'],
  ['riscv64', '72EC70A6-CF74-40E6-BD49-4BDA08E8F224', 'B6ED5582-440B-4209-B8DA-5FF7C419EA3D'],
  ['loongarch64', '77055800-792C-4F94-B39A-98C91B762BB6', 'F3393B22-E9AF-4613-A948-9D3BFBD0C535'],
  ['mips-le', '37C58C8A-D913-4156-A25F-48B1B64E07F0', 'D7D150D2-2A04-4A33-8F12-16651205FF7B'],
  ['mips64-le', '700BDA43-7A34-4507-B179-EEB93D7A7CA3', '16B417F8-3E06-4F57-8DD2-9B5232F41AA6'],
  ['ppc64-le', 'C31C45E6-3F39-412E-80FB-4809C4980599', '906BD944-4589-4AAE-A4E4-DD983917446A'],
  ['s390x', '5EEAD9A9-FE09-4A1E-A1D7-520D00531306', 'B325BFBE-C7BE-4AB8-8357-139E652D2F6B']
]

const byGuid = new Map<string, DiscoverableType>(
  types.flatMap(([architecture, root, verity]) => [
    [root, { role: 'root', architecture }],
    [verity, { role: 'root-verity', architecture }]
  ])
)

/** The role of a GPT type GUID in upper case; undefined for all others. */
export function discoverableType(guid: string): DiscoverableType | undefined {
  return byGuid.get(guid)
}
