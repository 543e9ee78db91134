import { describe, expect, it } from 'vitest'
import { lint } from '../../lib/kas/lint/lint.ts'
import { readKasProject } from '../../lib/kas/project.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

describe('lint', () => {
  it('finds the line of a layer that edits PAM by hand, not a comment about it', async () => {
    const root = writeProject(temporaryDirectory(), {
      'kas.yml': `${plainProject['kas.yml']}repos:\n  product:\n`,
      'conf/layer.conf': '',
      'recipes-x/y/files/postinst': '# /etc/pam.d/common-auth\nsed -i 1d /etc/pam.d/common-auth\n'
    })
    const project = await readKasProject('kas.yml', { cwd: root, env: {} })
    const found = lint(project, new Map()).filter(({ code }) => code === 'LINT_PAM_EDITED')
    expect(found.map(({ range }) => range?.line)).toEqual([2])
  })
})
