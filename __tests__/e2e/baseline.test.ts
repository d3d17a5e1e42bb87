import { describe, expect, test } from '@jest/globals'
import { pushImage } from '../../world/images/images.ts'
import { githubState } from './helpers/github.ts'
import { resultsOf, stepAnywhere } from './helpers/judgement.ts'
import { crane, freshImage, world } from './helpers/world.ts'

type ImageName = Parameters<typeof freshImage>[0]

/** An image, and others under tags of the same repository. */
async function imageWith(name: ImageName, tags: Readonly<Record<string, ImageName>>): Promise<string> {
  const reference = await freshImage(name)
  const repository = reference.slice(reference.indexOf('/') + 1, reference.indexOf('@'))
  // freshImage tags what it pushes as latest, and that would be found, too.
  for (const [tag, other] of Object.entries(tags))
    await pushImage({ crane: world().tools.crane, registry: world().registry, name: other, repository, tag })
  return reference
}

const pullRequest = async (image: string, inputs: Readonly<Record<string, string>> = {}) => {
  const result = await stepAnywhere({ event: 'pull_request', inputs: { image, ...inputs } })
  const state = await githubState(result.repository)
  return { ...result, comments: state.comments, results: resultsOf(result) }
}

describe('on a pull request', () => {
  test('the image of the base branch is scanned as well, and what is new, fixed and unchanged is told', async () => {
    const image = await imageWith('vulnerable', { main: 'baseline' })
    const { exitCode, outputs, comments, log } = await pullRequest(image)
    expect(exitCode).toBe(1)
    expect(Number(outputs['new'])).toBeGreaterThan(0)
    expect(Number(outputs['fixed'])).toBeGreaterThan(0)
    expect(log).toMatch(/:main, to compare with, linux\/amd64: \d+ findings/)
    expect(comments).toHaveLength(1)
    expect(comments[0]?.body).toContain(`| **New in this PR** |`)
    expect(comments[0]?.body).toContain(`| Fixed by this PR |`)
  })

  test('what the base branch has already does not turn the step red, and still is not signed', async () => {
    const image = await imageWith('vulnerable', { main: 'vulnerable' })
    const other = await rebuilt(image)
    const { exitCode, outputs, comments } = await pullRequest(other, { comment: 'always' })
    expect(outputs).toMatchObject({ verdict: 'fail', signed: 'false', new: '0', fixed: '0' })
    expect(exitCode).toBe(0)
    expect(comments[0]?.body).toMatch(/no new findings/i)
  })

  test('fail-on-scope: all blames the pull request for everything', async () => {
    const image = await rebuilt(await imageWith('vulnerable', { main: 'vulnerable' }))
    const { exitCode, outputs } = await pullRequest(image, { 'fail-on-scope': 'all' })
    expect(exitCode).toBe(1)
    expect(outputs).toMatchObject({ verdict: 'fail', new: '0' })
  })

  test('our own digest is no baseline, and that is said', async () => {
    const image = await imageWith('vulnerable', { main: 'vulnerable' })
    const { exitCode, outputs, comments } = await pullRequest(image)
    expect(exitCode).toBe(1)
    expect(outputs).toMatchObject({ new: '', fixed: '' })
    expect(comments[0]?.body).toContain('is this very image')
  })

  test('a baseline that is not there is said once, and the absolute gate is used', async () => {
    const image = await freshImage('vulnerable')
    const name = image.slice(0, image.indexOf('@'))
    const { exitCode, comments, log } = await pullRequest(image, { baseline: `${name}:stable` })
    expect(exitCode).toBe(1)
    expect(comments[0]?.body).toContain('has no tag stable')
    expect(log.match(/has no tag stable/g)).toHaveLength(1)
  })

  test('a registry that cannot be reached is no baseline, and no reason to be red', async () => {
    const image = await freshImage('clean')
    const { exitCode, comments } = await pullRequest(image, {
      baseline: '127.0.0.1:1/acme/app:main',
      comment: 'always'
    })
    expect(exitCode).toBe(0)
    expect(comments[0]?.body).toContain('cannot be read')
  })
})

test('on a push nothing is compared, unless a baseline is named', async () => {
  const image = await imageWith('vulnerable', { main: 'baseline' })
  const name = image.slice(0, image.indexOf('@'))
  const quiet = await stepAnywhere({ inputs: { image, sign: 'never' } })
  expect(quiet.outputs).toMatchObject({ new: '', fixed: '' })
  const named = await stepAnywhere({ inputs: { image, sign: 'never', baseline: `${name}:main` } })
  expect(Number(named.outputs['new'])).toBeGreaterThan(0)
  expect(named.exitCode).toBe(1)
})

/** The same image under another digest: one more label. */
async function rebuilt(reference: string): Promise<string> {
  const name = reference.slice(0, reference.indexOf('@'))
  const index = JSON.parse(await crane('manifest', reference)) as { manifests: { digest: string; platform: unknown }[] }
  const [platform] = index.manifests
  const changed = await crane('mutate', `${name}@${platform?.digest}`, '--label', 'rebuilt=1', '--tag', `${name}:pr`)
  return changed
}
