import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { githubRequests, githubState } from './helpers/github.ts'
import { resultsOf, runsOf, stepAnywhere } from './helpers/judgement.ts'
import { freshFolder, freshImage } from './helpers/world.ts'

const LIST = `# minimist: only our own command line reaches it
CVE-2021-44906

CVE-2024-47764 exp:2020-01-01
CVE-1999-0001
`

const YAML = `secrets:
  - id: aws-access-key-id
    paths: [srv/shop/.env]
    statement: revoked | long ago
  - id: aws-secret-access-key
    expired_at: 2020-01-01
vulnerabilities:
  - id: CVE-2024-2398
    purls: [pkg:deb/debian/libcurl4]
`

/** A workspace with the given files. */
async function workspaceWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await freshFolder()
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

describe('the ignore files that lie in the workspace', () => {
  test('hide what they name, count it, show it with reason and file, and keep it out of code scanning', async () => {
    const workspace = await workspaceWith({ '.trivyignore': LIST, '.trivyignore.yaml': YAML })
    const image = await freshImage('vulnerable')
    const result = await stepAnywhere({ event: 'pull_request', workspace, inputs: { image } })
    const [judged] = resultsOf(result)

    // What has expired hides nothing: the second secret still fails.
    expect(result.exitCode).toBe(1)
    expect(judged?.reasons).toEqual(['1 critical secret (fail-on-secret: critical)'])
    expect(result.outputs).toMatchObject({ critical: '2', high: '14', low: '10', suppressed: '3' })
    expect(judged?.suppressed).toBe(3)

    const { uploads, comments } = await githubState(result.repository)
    const rules = runsOf(uploads[0]).flatMap(run => run.results.map(({ ruleId }) => ruleId))
    expect(rules).not.toContain('CVE-2021-44906/npm/minimist')
    expect(rules).not.toContain('secret/aws-access-key-id/srv/shop/.env')
    expect(rules).not.toContain('CVE-2024-2398/debian/libcurl4')
    expect(rules).toEqual(
      expect.arrayContaining([
        'secret/aws-secret-access-key/srv/shop/.env',
        'CVE-2024-2398/debian/curl',
        'CVE-2024-47764/npm/cookie'
      ])
    )

    for (const text of [comments[0]?.body ?? '', result.summary]) {
      expect(text).toContain('Accepted risks: 3 found, 2 have expired, 1 matches nothing')
      expect(text).toMatch(/CVE-2021-44906.*`minimist` \| minimist: only our own command line.* \| `.trivyignore` \|/)
      expect(text).toMatch(/`aws-access-key-id`.*revoked &#124; long ago \| `.trivyignore.yaml` \|/)
      const unused = text.slice(text.indexOf('These have expired, or nothing was found that they match'))
      expect(unused).toMatch(/`CVE-2024-47764` \|.*\| `.trivyignore`<br>until 2020-01-01 \(expired\) \|/)
      expect(unused).toMatch(/`aws-secret-access-key` \|.*\| `.trivyignore.yaml`<br>until 2020-01-01 \(expired\) \|/)
      expect(unused).toContain('| `CVE-1999-0001` |')
    }
  })
})

describe.each([
  {
    name: 'an ignore file that was asked for and is not there',
    files: { '.trivyignore': LIST },
    asked: 'accepted.yaml',
    error: /^ignore-file names accepted\.yaml, which is not in the workspace.*checkout/
  },
  {
    name: 'an ignore file that is not YAML',
    files: { '.trivyignore.yaml': 'vulnerabilities:\n  - id: CVE-1\n  - id: [\n' },
    asked: '',
    error: /^\.trivyignore\.yaml line [34]: is not valid YAML/
  },
  {
    name: 'a mistyped key in an ignore file',
    files: { 'risks.yml': 'vulnerabilities:\n  - id: CVE-1\n    path: [usr]\n' },
    asked: 'risks.yml',
    error: /^risks\.yml line 3: the key "path" is not known; allowed are id, paths/
  }
])('$name', ({ files, asked, error }) => {
  test('is an error that names the file and what to mend, and nothing is told before', async () => {
    const workspace = await workspaceWith(files)
    const image = await freshImage('clean')
    const { exitCode, annotations, repository, summary } = await stepAnywhere({
      event: 'pull_request',
      workspace,
      inputs: { image, 'ignore-file': asked }
    })
    expect(exitCode).toBe(1)
    expect(annotations.map(({ message }) => message)).toEqual([expect.stringMatching(error)])
    expect(await githubRequests(repository)).toEqual([])
    expect(summary).toBe('')
  })
})
