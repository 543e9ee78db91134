import { join } from 'node:path'
import { writeWhole } from '../base/files.ts'
import { renderHtml } from '../report/html.tsx'
import { renderJson } from '../report/json.ts'
import { renderJunit } from '../report/junit.ts'
import { renderMarkdown } from '../report/markdown.ts'
import type { ReportInput } from '../report/report-input.ts'

/** Writes every format into a directory; gives the paths, HTML first. */
export async function writeReports(input: ReportInput, directory: string): Promise<string[]> {
  const files: [string, string][] = [
    ['report.html', renderHtml(input)],
    ['report.md', renderMarkdown(input)],
    ['assessment.json', renderJson(input)],
    ['junit.xml', renderJunit(input)]
  ]
  for (const [name, text] of files) await writeWhole(join(directory, name), text)
  return files.map(([name]) => join(directory, name))
}
