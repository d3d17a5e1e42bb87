// npm run demo: the main job on a fresh clone. Starts the world, runs the committed dist as GitHub's runner would, on a pull request, on a push
// and where the image is pulled, and leaves in demo/ what reviewers, the security team and later steps get to see.
import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '../src/lib/errors.ts'
import { ROOT } from '../world/folders.ts'
import { type EventName, eventOf } from '../world/runner/events.ts'
import { inputsOfWorld } from '../world/runner/inputs.ts'
import { runStep, type StepResult } from '../world/runner/runner.ts'
import { say } from '../world/toolchain/progress.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Panel, renderPage } from './render-html.ts'

const OUT = join(ROOT, 'demo')
const REPOSITORY = 'acme/app'

/** One of the demo's runs. */
interface Scene {
  readonly title: string
  readonly event: EventName
  /** Beside those of the world. */
  readonly inputs: Readonly<Record<string, string>>
  /** The image's folder in world/images, for the Dockerfile. */
  readonly source?: string
  /** Folder of the second action's action.yml; the main one where absent. */
  readonly action?: 'verify'
  readonly expected: number
}

async function demo(world: World, folder: string): Promise<void> {
  await rm(OUT, { recursive: true, force: true })
  for (const name of ['push', 'verify']) await mkdir(join(OUT, name), { recursive: true })
  const signing = await signingInputs(world)
  const pullRequest = await run(world, folder, {
    event: 'pull_request',
    source: 'vulnerable',
    inputs: { ...signing, image: world.images.vulnerable, baseline: world.images.baseline },
    title: 'A pull request brings new vulnerabilities and a forgotten secret, and mends others',
    expected: 1
  })
  const push = await run(world, folder, {
    event: 'push',
    source: 'clean',
    inputs: { ...signing, image: world.images.clean, attest: 'sbom, vuln', promote: 'released' },
    title: 'The default branch builds a clean image: it is signed, attested and gets its tag',
    expected: 0
  })
  const verify = await run(world, folder, {
    action: 'verify',
    event: 'workflow_dispatch',
    inputs: {
      image: `${world.images.clean.replace(/@.*/, ':released')}\n${world.images.vulnerable}`,
      key: await readFile(world.keys.public, 'utf8'),
      attested: 'vuln max-age=7d fail-on=critical'
    },
    title: 'Whoever pulls checks: the released image, and one that nobody signed',
    expected: 1
  })
  const comment = await onlyComment(world)
  await keep(OUT, pullRequest)
  await keep(join(OUT, 'push'), push)
  await keepTold(join(OUT, 'verify'), verify)
  await writeFile(join(OUT, 'comment.md'), comment)
  await copyFile(world.github.log, join(OUT, 'requests.jsonl'))
  await writeFile(
    join(OUT, 'index.html'),
    await page([
      { title: 'Pull request: the comment', markdown: comment },
      { title: 'Pull request: the job summary', markdown: pullRequest.summary },
      { title: 'Push: the job summary', markdown: push.summary },
      { title: 'Where it is pulled: the job summary', markdown: verify.summary }
    ])
  )
  await verifyByHand(world, push)
}

async function run(world: World, folder: string, scene: Scene): Promise<StepResult> {
  console.log(`\n━━━ ${scene.title} (${scene.event}) ━━━\n`)
  const place = join(folder, scene.event)
  const workspace = join(place, 'checkout')
  await mkdir(workspace, { recursive: true })
  if (scene.source !== undefined)
    await copyFile(join(ROOT, 'world', 'images', scene.source, 'Dockerfile'), join(workspace, 'Dockerfile'))
  const result = await runStep({
    event: eventOf(scene.event, { repository: REPOSITORY }),
    github: world.github,
    folder: place,
    workspace,
    toolCache: folder,
    ...(scene.action === undefined ? {} : { action: join(ROOT, scene.action) }),
    inputs: { ...inputsOfWorld(world, scene.action ?? 'main'), ...scene.inputs }
  })
  console.log(asShown(result.masked))
  console.log(
    `\nThe step ended ${result.exitCode === 0 ? 'green' : 'red'} after ${(result.wallMs / 1000).toFixed(1)} s.`
  )
  if (result.exitCode !== scene.expected)
    throw new Error(`this run should have ended with ${scene.expected}, not ${result.exitCode}`)
  return result
}

async function signingInputs({ keys }: World): Promise<Record<string, string>> {
  return {
    'cosign-key': await readFile(keys.private, 'utf8'),
    'cosign-password': await readFile(keys.password, 'utf8'),
    'transparency-log': 'false'
  }
}

/** The log as GitHub's page shows it: group titles with a triangle, their lines indented. */
function asShown(masked: string): string {
  let indent = ''
  const lines = masked
    .trim()
    .split('\n')
    .flatMap(line => {
      if (line === '##[endgroup]') {
        indent = ''
        return []
      }
      const group = /^##\[group\](.*)$/.exec(line)
      if (group === null)
        return [
          indent +
            line.replace(
              /^##\[(error|warning|notice)\]/,
              (_, level: string) => `${level[0]?.toUpperCase()}${level.slice(1)}: `
            )
        ]
      indent = '  '
      return [`▾ ${group[1]}`]
    })
  return lines.join('\n')
}

async function onlyComment(world: World): Promise<string> {
  const response = await fetch(`${world.github.apiUrl}/_world/repos/${REPOSITORY}`)
  const { comments, invalid } = (await response.json()) as { comments: { body: string }[]; invalid: unknown[] }
  if (comments.length !== 1 || invalid.length !== 0)
    throw new Error(`there should be one comment and no invalid request, not ${comments.length} and ${invalid.length}`)
  return comments[0]?.body ?? ''
}

/** What any action tells. */
async function keepTold(folder: string, { outputs, summary, masked }: StepResult): Promise<void> {
  await writeFile(join(folder, 'log.txt'), `${masked}\n`)
  await writeFile(join(folder, 'outputs.json'), `${JSON.stringify(outputs, null, 2)}\n`)
  await writeFile(join(folder, 'summary.md'), summary)
}

async function keep(folder: string, result: StepResult): Promise<void> {
  const { outputs } = result
  await keepTold(folder, result)
  await copyFile(outputs['sarif'] ?? '', join(folder, 'results.sarif'))
  await copyFile(outputs['report'] ?? '', join(folder, 'report.json'))
  await copyFile(outputs['html'] ?? '', join(folder, 'page.html'))
}

function page(panels: readonly Panel[]): Promise<string> {
  return renderPage('imgguard demo', panels)
}

/** Runs the command that the action printed, with the public key in the working directory, as anybody would. */
async function verifyByHand(world: World, { outputs }: StepResult): Promise<void> {
  const command = outputs['verify-command'] ?? ''
  const [, ...args] = command.split(' ')
  const { stdout } = await promisify(execFile)(world.tools.cosign, args, { cwd: dirname(world.keys.public) })
  await copyFile(world.keys.public, join(OUT, 'cosign.pub'))
  console.log('\n━━━ How to verify the signature by hand ━━━\n')
  console.log(`With cosign 3 and the public key (demo/cosign.pub):\n\n  ${command}\n`)
  console.log(`This was done just now, and cosign answered:\n\n  ${stdout.trim()}\n`)
  console.log('The registry of this demo is gone when it ends; `npm run world` starts one that stays.')
  console.log(
    'Look at demo/index.html (comment and summaries as GitHub shows them), page.html (to search and filter), comment.md, summary.md, results.sarif, outputs.json, requests.jsonl.'
  )
}

try {
  const { world, folder, close } = await startWorld()
  try {
    await demo(world, folder)
  } finally {
    await close()
  }
} catch (error) {
  say(`The demo failed: ${messageOf(error)}.`)
  process.exitCode = 1
}
