import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { request as forward, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { expectNothingAdded, theError } from './helpers/expectations.ts'
import { githubState } from './helpers/github.ts'
import { type Listener, startListener } from './helpers/listener.ts'
import { processesWith, waitForProcess } from './helpers/processes.ts'
import { freshFolder, freshImage, freshRepository, keyInputs, step, world } from './helpers/world.ts'

const listeners: Listener[] = []

afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close()
})

async function listen(answer?: RequestListener): Promise<Listener> {
  const listener = await startListener(answer)
  listeners.push(listener)
  return listener
}

/** A registry that wants a login, and says so to everyone. */
const locked: RequestListener = (_, response) => {
  response.writeHead(401, { 'www-authenticate': 'Basic realm="locked"', 'content-type': 'application/json' })
  response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }))
}

/** The world's registry, in which Trivy waits for ever for a layer. */
const hangsOnLayers: RequestListener = (request, response) => {
  if (request.url?.includes('/blobs/') && /trivy|go-containerregistry/.test(request.headers['user-agent'] ?? '')) return
  const [hostname, port] = world().registry.split(':')
  request.pipe(
    forward({ hostname, port, path: request.url, method: request.method, headers: request.headers }, answer => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
  )
}

async function loginFor(host: string): Promise<string> {
  const home = await freshFolder()
  await mkdir(join(home, '.docker'))
  const auth = Buffer.from('robot:docker-config-password').toString('base64')
  await writeFile(join(home, '.docker', 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }))
  return home
}

const signing = async () => ({
  ...(await keyInputs()),
  'transparency-log': 'false',
  sign: 'always',
  'sign-on': 'push, pull_request'
})

describe('the vulnerability database', () => {
  test('comes from the next repository when the first one is dead, which is said once', async () => {
    const dead = await startListener()
    await dead.close()
    const result = await step({
      eventOptions: { repository: freshRepository() },
      inputs: {
        image: await freshImage('clean'),
        sign: 'never',
        'db-repositories': `${dead.host}/db/trivy:2, ${world().dbRepositories}`
      }
    })
    expect(result).toMatchObject({ exitCode: 0, outputs: { verdict: 'pass' } })
    const said = result.log.split('\n').filter(line => line.includes(`${dead.host}/db/trivy:2: `))
    expect(said).toEqual([`vulnerability database: ${dead.host}/db/trivy:2: nobody answers at that address`])
  })

  test('that nobody has makes the verdict incomplete, told everywhere, red, and never signed', async () => {
    const repository = freshRepository()
    const image = await freshImage('clean')
    const registry = await listen(locked)
    const missing = `${world().registry}/no/database:2`
    const other = await freshImage('eol')
    const result = await step({
      event: 'pull_request',
      eventOptions: { repository },
      home: await loginFor(registry.host),
      inputs: { ...(await signing()), image, 'db-repositories': `${registry.host}/db/trivy:2,${missing},${other}` }
    })
    const error = theError(result)
    expect(error).toContain('the vulnerability database could not be downloaded')
    expect(error).toContain(`${registry.host}/db/trivy:2: it cannot be read without a login`)
    expect(error).toContain(`${missing}: there is no such repository there`)
    expect(error).toContain(`${other}: what is there is not a Trivy database`)
    expect(result.outputs).toMatchObject({ verdict: 'incomplete', signed: 'false' })
    await expectNothingAdded(image)
    const { comments } = await githubState(repository)
    expect(comments).toHaveLength(1)
    for (const text of [comments[0]?.body, result.summary])
      expect(text).toContain('the vulnerability database could not be downloaded')

    expect(registry.requests.length).toBeGreaterThan(0)
    expect(registry.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([])
  })
})

describe('a step', () => {
  test('whose registry never answers ends at its time limit', async () => {
    const registry = await listen(() => undefined)
    const temp = await freshFolder()
    const repository = freshRepository()
    const result = await step({
      eventOptions: { repository },
      temp,
      inputs: { ...(await signing()), image: `${registry.host}/acme/app@sha256:${'a'.repeat(64)}`, timeout: '3s' }
    })
    expect(theError(result)).toBe(
      'the time limit of the step, 3 s, is over. Find out what took so long, or raise timeout.'
    )
    expect(result.wallMs).toBeLessThan(5000)
    expect(await processesWith(temp)).toEqual([])
    expect(await readdir(temp)).toEqual([])
  })

  test('whose mirror never answers ends at its time limit', async () => {
    const mirror = await listen(() => undefined)
    const image = await freshImage('clean')
    const result = await step({
      eventOptions: { repository: freshRepository() },
      emptyToolCache: true,
      inputs: { ...(await signing()), image, 'tools-mirror': mirror.url, timeout: '1s' }
    })
    expect(theError(result)).toMatch(/^the time limit of the step, 1 s, is over/)
    expect(result.wallMs).toBeLessThan(3000)
    expect(await readdir(result.folders.temp)).toEqual([])
  })

  test('whose scan outlasts its time limit kills Trivy, tells that nothing is known, and signs nothing', async () => {
    const registry = await listen(hangsOnLayers)
    const image = await freshImage('clean')
    const temp = await freshFolder()
    const repository = freshRepository()
    const result = await step({
      event: 'pull_request',
      eventOptions: { repository },
      temp,
      inputs: { ...(await signing()), image: image.replace(world().registry, registry.host), timeout: '6s' }
    })
    expect(theError(result)).toContain('trivy was ended: the time limit of the step, 6 s, is over')
    expect(result.outputs).toMatchObject({ verdict: 'incomplete', signed: 'false' })
    expect(result.wallMs).toBeLessThan(9000)
    expect(await processesWith(temp)).toEqual([])
    expect((await readdir(temp)).filter(name => !name.startsWith('imgguard-results-'))).toEqual([])
    await expectNothingAdded(image)
    expect((await githubState(repository)).comments[0]?.body).toContain('trivy was ended')
  })

  test('whose Trivy is killed from outside in mid-scan is red and signs nothing', async () => {
    const registry = await listen(hangsOnLayers)
    const image = await freshImage('clean')
    const temp = await freshFolder()
    const running = step({
      eventOptions: { repository: freshRepository() },
      temp,
      inputs: { ...(await signing()), image: image.replace(world().registry, registry.host) }
    })
    const trivy = await waitForProcess(temp, 'image', '--skip-db-update')
    process.kill(trivy.pid, 'SIGKILL')
    const result = await running
    expect(theError(result)).toContain('trivy was killed, perhaps for want of memory')
    expect(result.outputs).toMatchObject({ verdict: 'incomplete', signed: 'false' })
    await expectNothingAdded(image)
  })

  test('that is cancelled kills its children, removes its private directory and signs nothing', async () => {
    const registry = await listen(hangsOnLayers)
    const image = await freshImage('clean')
    const temp = await freshFolder()
    const cancel = new AbortController()
    const running = step({
      eventOptions: { repository: freshRepository() },
      temp,
      signal: cancel.signal,
      inputs: { ...(await signing()), image: image.replace(world().registry, registry.host) }
    })
    await waitForProcess(temp, 'image', '--skip-db-update')
    cancel.abort()
    const result = await running
    expect(theError(result)).toBe('the run was cancelled')
    expect(await processesWith(temp)).toEqual([])
    expect((await readdir(temp)).filter(name => !name.startsWith('imgguard-results-'))).toEqual([])
    await expectNothingAdded(image)
  })
})
