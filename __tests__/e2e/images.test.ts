import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { layoutOf } from '../../world/images/images.ts'
import type { StepResult } from '../../world/runner/runner.ts'
import { cosignVerify } from './helpers/cosign.ts'
import { theError } from './helpers/expectations.ts'
import { githubState, setSettings } from './helpers/github.ts'
import { resultsOf, runsOf } from './helpers/judgement.ts'
import { type RegistryProxy, startProxy } from './helpers/proxy.ts'
import {
  deleteManifest,
  type Entry,
  entriesOf,
  manifestOf,
  platformOf,
  putIndex,
  putManifest,
  sibling,
  signaturesUnder
} from './helpers/registry.ts'
import {
  crane,
  type E2eStep,
  freshFolder,
  freshImage,
  freshRepository,
  keyInputs,
  step,
  world
} from './helpers/world.ts'

const proxies: RegistryProxy[] = []

afterAll(async () => {
  for (const proxy of proxies) await proxy.close()
})

/** A repository in which GitHub processes uploads at once. */
async function quickRepository(): Promise<string> {
  const repository = freshRepository()
  await setSettings(repository, { pendingLooks: 0 })
  return repository
}

/** A step that would sign whatever it is given, as long as the scan is complete. */
async function signingStep(image: string, { inputs = {}, ...rest }: E2eStep = {}): Promise<StepResult> {
  const signing = { 'transparency-log': 'false', 'signature-format': 'bundle', sign: 'always' }
  return step({
    eventOptions: { repository: await quickRepository() },
    ...rest,
    inputs: { image, ...(await keyInputs()), ...signing, ...inputs }
  })
}

/** How many bundles there are under an image. */
async function bundlesUnder(image: string): Promise<number> {
  return (await signaturesUnder(image)).reduce((sum, { bundles }) => sum + bundles, 0)
}

function repositoryOf(reference: string): string {
  return reference.slice(0, reference.indexOf('@'))
}

describe('image by tag', () => {
  test('one digest under many names is resolved, scanned and uploaded once, and signed once per repository', async () => {
    const proxy = await startProxy(world().registry)
    proxies.push(proxy)
    const repository = await quickRepository()
    const images = [await freshImage('clean', proxy.host), await freshImage('clean', proxy.host)]
    const [first = '', second = ''] = images.map(repositoryOf)
    await crane('tag', `${first}:latest`, '1.4')
    const before = proxy.requests.length

    const image = `${first}:latest, ${first}:1.4\n${second}:latest`
    const result = await signingStep(image, { eventOptions: { repository } })
    const asked = proxy.requests.slice(before)

    expect(result.exitCode).toBe(0)
    expect(resultsOf(result)).toHaveLength(1)
    expect(resultsOf(result)[0]?.references).toEqual([`${first}:latest`, `${first}:1.4`, `${second}:latest`])
    for (const reference of images) {
      expect((await signaturesUnder(reference)).map(({ bundles }) => bundles)).toEqual([1, 1, 0])
      const [signature] = await cosignVerify(reference)
      expect(signature?.annotations['repository']).toBe(repositoryOf(reference))
    }
    const { uploads } = await githubState(repository)
    expect(uploads.flatMap(({ categories }) => categories)).toHaveLength(1)

    const byTag = asked.map(({ path }) => path).filter(path => /\/manifests\/(latest|1\.4)$/.test(path))
    expect(byTag).toHaveLength(3)
    const { layers = [] } = await manifestOf(
      sibling(images[0] ?? '', (await platformOf(images[0] ?? '', 'linux/amd64')).digest)
    )
    for (const { digest } of layers) {
      const fetched = asked.filter(({ method, path }) => method === 'GET' && path.endsWith(`/blobs/${digest}`))
      expect(fetched).toHaveLength(1)
    }
  })

  test('a tag that is not the digest that was built is an error, and nothing is signed', async () => {
    const image = await freshImage('clean')
    const other = (await platformOf(image, 'linux/amd64')).digest
    const tag = `${repositoryOf(image)}:latest`
    const result = await signingStep(tag, { inputs: { digest: other } })
    expect(theError(result)).toContain(`${tag} is ${image.split('@')[1]}, not ${other} as the input digest says`)
    expect(await bundlesUnder(image)).toBe(0)
  })

  test.each([
    ['tag', 'never'],
    ['repository', 'latest']
  ])('a %s that is not in the registry is an error that names it', async (what, tag) => {
    const repository =
      what === 'tag' ? repositoryOf(await freshImage('empty')) : `${world().registry}/nobody/${freshRepository()}`
    const result = await signingStep(`${repository}:${tag}`)
    expect(theError(result)).toContain(`${repository}:${tag} is not in the registry`)
  })
})

describe('an index that holds what cannot be scanned', () => {
  /** The entry of an image as if it were BuildKit's attestation about another. */
  function asAttestation({ platform: _, ...entry }: Entry, about: string): Entry {
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': about
    }
    return { ...entry, annotations, platform: { os: 'unknown', architecture: 'unknown' } }
  }

  /** The same image with a layer that the registry does not have. */
  async function withoutBlob(image: string, entry: Entry): Promise<Entry> {
    const manifest = await manifestOf(sibling(image, entry.digest))
    const [last] = manifest.layers?.slice(-1) ?? []
    if (last === undefined) throw new Error(`${entry.digest} has no layers`)
    const layers = manifest.layers?.with(-1, { ...last, digest: `sha256:${'0'.repeat(64)}` })
    const content = { ...manifest, layers }
    const put = await putManifest(image, entry.mediaType, content)
    return { ...entry, digest: put.split('@')[1] ?? '', size: JSON.stringify(content).length }
  }

  test('is incomplete, fails whatever is asked for, and is not signed, while a whole image beside it is', async () => {
    const image = await freshImage('index')
    const whole = await freshImage('empty')
    const [amd64, arm64, , attestation] = (await entriesOf(image)) as [Entry, Entry, Entry, Entry]
    const index = { mediaType: 'application/vnd.oci.image.index.v1+json', digest: image.split('@')[1] ?? '' }
    const size = JSON.stringify(await manifestOf(image)).length
    const hidden = { ...arm64, platform: { os: 'unknown', architecture: 'unknown' } }
    const cases: readonly (readonly [string, readonly Entry[]])[] = [
      ['is an index inside the index', [amd64, { ...index, size }]],
      ['names no platform and is no attestation', [amd64, hidden]],
      ['which is no platform of this index', [amd64, attestation]],
      ['which is not an attestation', [amd64, asAttestation(arm64, amd64.digest)]],
      ['the registry has lost a part of it', [amd64, await withoutBlob(image, arm64)]]
    ]
    const indexes = await Promise.all(cases.map(([, entries]) => putIndex(image, entries)))

    const result = await signingStep([...indexes, whole].join('\n'), { inputs: { 'on-fail': 'warn' } })
    expect(result.exitCode).toBe(1)
    const results = resultsOf(result)
    expect(results.map(({ verdict }) => verdict)).toEqual([...cases.map(() => 'incomplete'), 'pass'])
    for (const [position, [reason]] of cases.entries()) {
      expect(results[position]?.reasons.join('; ')).toContain(reason)
      expect(results[position]?.signed).toBe(false)
      expect(await bundlesUnder(indexes[position] ?? '')).toBe(0)
    }
    expect(await bundlesUnder(whole)).toBe(1)
  })

  test('is an error when the registry has lost one of its manifests', async () => {
    const image = await freshImage('index')
    const arm64 = sibling(image, (await platformOf(image, 'linux/arm64')).digest)
    await deleteManifest(arm64)
    const result = await signingStep(image)
    expect(theError(result)).toContain(`${arm64} is not in the registry`)
    expect(await bundlesUnder(image)).toBe(0)
  })
})

describe('an image from a file', () => {
  test('in an OCI layout is scanned on every platform, reported under its name, and not signed', async () => {
    const repository = await quickRepository()
    const workspace = await freshFolder()
    await cp(layoutOf('index'), join(workspace, 'out/app'), { recursive: true })
    const result = await signingStep('oci-layout:out/app', {
      event: 'pull_request',
      eventOptions: { repository },
      workspace,
      inputs: { name: 'acme/shop', comment: 'always', 'fail-on': 'none', 'sign-on': 'pull_request' }
    })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ verdict: 'pass', signed: 'false', verified: 'false', 'verify-command': '' })
    expect(resultsOf(result)[0]?.platforms).toMatchObject([
      { platform: 'linux/amd64', complete: true },
      { platform: 'linux/arm64', complete: true }
    ])
    const { comments, uploads } = await githubState(repository)
    const runs = uploads.flatMap(runsOf).map(({ automationDetails, results }) => ({
      category: automationDetails?.id?.split('/').slice(-4, -1),
      // Each is vulnerable on one platform only: images/index/packages.
      found: ['libssl3', 'libexpat1'].filter(name => results.some(({ ruleId }) => ruleId?.endsWith(`/${name}`)))
    }))
    expect(runs).toEqual([
      { category: ['acme', 'shop', 'linux-amd64'], found: ['libssl3'] },
      { category: ['acme', 'shop', 'linux-arm64'], found: ['libexpat1'] }
    ])
    expect(comments).toHaveLength(1)
    expect(comments[0]?.body).toContain('acme/shop')
  })

  test('in an archive is scanned under the name of its file, needs no key, and is not signed', async () => {
    const repository = await quickRepository()
    const workspace = await freshFolder()
    await crane('pull', '--format=tarball', world().images.clean, join(workspace, 'shop.tar'))
    const inputs = { 'cosign-key': '', 'cosign-password': '' }
    const image = 'docker-archive:shop.tar'
    const result = await signingStep(image, { eventOptions: { repository }, workspace, inputs })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ verdict: 'pass', signed: 'false', 'verify-command': '' })
    expect(result.outputs['coverage']).toContain('linux/amd64: debian 12')
    const { uploads } = await githubState(repository)
    expect(uploads.flatMap(({ categories }) => categories.map(category => category.split('/').slice(-2)))).toEqual([
      ['shop', 'linux-amd64']
    ])
  })

  test.each([
    ['oci-layout:gone', 'oci-layout:gone is not there'],
    ['docker-archive:gone.tar', 'docker-archive:gone.tar is not there'],
    ['oci-layout:file', 'oci-layout:file is a file'],
    ['docker-archive:folder', 'docker-archive:folder is a directory'],
    ['oci-layout:folder', 'folder is not an OCI layout']
  ])('%s is an error that says what is wrong with the path', async (image, expected) => {
    const workspace = await freshFolder()
    await mkdir(join(workspace, 'folder'))
    await writeFile(join(workspace, 'file'), '')
    const result = await signingStep(image, { workspace })
    expect(theError(result)).toContain(expected)
  })
})
