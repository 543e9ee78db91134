import { join } from 'node:path'
import { writeAll } from '../base/files.ts'
import { renderHtml } from '../report/html.tsx'
import { renderJson } from '../report/json.ts'
import { renderJunit } from '../report/junit.ts'
import { renderMarkdown } from '../report/markdown.ts'
import type { ReportInput } from '../report/report-input.ts'

/** Writes every format into a directory, all of them or none; gives the paths, HTML first. */
export async function writeReports(input: ReportInput, directory: string): Promise<string[]> {
  const files: [string, string][] = [
    ['report.html', renderHtml(input)],
    ['report.md', renderMarkdown(input)],
    ['assessment.json', renderJson(input)],
    ['junit.xml', renderJunit(input)]
  ]
  await writeAll(files.map(([name, data]) => ({ path: join(directory, name), data })))
  return files.map(([name]) => join(directory, name))
}
