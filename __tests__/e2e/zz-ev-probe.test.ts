import { expect, test } from '@jest/globals'
import { freshImage, freshRepository, step, keyInputs } from './helpers/world.ts'
import { githubState, githubRequests } from './helpers/github.ts'
import { writeFileSync } from 'node:fs'

test('probe', async () => {
  const out: unknown[] = []
  for (const [image, event] of [['clean','pull_request'],['empty','pull_request'],['vulnerable','pull_request'],['index', 'push'], ['eol','push'], ['baseline', 'push']] as const) {
    const repository = freshRepository()
    const result = await step({ event, eventOptions: { repository }, inputs: { image: await freshImage(image), 'transparency-log': 'false', ...(event === 'push' ? await keyInputs(): {}) } })
    const state = await githubState(repository)
    out.push({ image, wall: result.wallMs, exit: result.exitCode, log: result.log, outputs: result.outputs, comments: state.comments, uploads: state.uploads, requests: (await githubRequests(repository)).map(r=>`${r.method} ${r.path} ${r.status}`), files: result.folders })
  }
  writeFileSync('/tmp/ev/probe.json', JSON.stringify(out, null, 1))
  expect(1).toBe(1)
})
