interface Property {
  name: string
  value: string
}

/**
 * The SBOM with GitLab's own properties in its metadata (docs.gitlab.com, CycloneDX property taxonomy), and nothing
 * else changed: the version of those properties, the file one edits to change the packages (without a path GitLab
 * finds no vulnerabilities), and who manages the packages. Those about an analysed lock file or a scanned container
 * are left out: there is neither.
 * @param sourceFile the kas file, relative to the top of the repository; left out where it lies outside.
 */
export function renderGitlabSbom(sbom: string, sourceFile: string | undefined): string {
  const document = JSON.parse(sbom) as { metadata?: { properties?: readonly Property[] } }
  const ours: Property[] = [
    { name: 'gitlab:meta:schema_version', value: '1' },
    ...(sourceFile === undefined
      ? []
      : [{ name: 'gitlab:dependency_scanning:source_file:path', value: sourceFile }]),
    { name: 'gitlab:dependency_scanning:package_manager:name', value: 'apt' }
  ]
  const others = (document.metadata?.properties ?? []).filter(({ name }) => !name.startsWith('gitlab:'))
  const metadata = { ...document.metadata, properties: [...others, ...ours] }
  return `${JSON.stringify({ ...document, metadata }, undefined, 2)}\n`
}
