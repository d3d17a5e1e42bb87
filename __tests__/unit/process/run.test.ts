import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { ToolError } from '../../../src/lib/errors.ts'
import type { Command } from '../../../src/process/command.ts'
import { CommandError, createRun } from '../../../src/process/run.ts'

let end: AbortController
let cwd: string

beforeEach(async () => {
  end = new AbortController()
  cwd = await mkdtemp(join(tmpdir(), 'run test ')) // A path with blanks in it, on purpose.
})

afterEach(async () => {
  end.abort()
  await rm(cwd, { recursive: true, force: true })
})

/** Runs a JavaScript program in Node. */
function run(program: string, more: Partial<Command> = {}) {
  const { args = [], ...others } = more
  return createRun(end.signal)({
    file: process.execPath,
    args: ['-e', program, '--', ...args],
    env: {},
    cwd,
    timeoutMs: 20_000,
    ...others
  })
}

async function failureOf(running: Promise<unknown>): Promise<CommandError> {
  const error = await running.then(
    () => undefined,
    thrown => thrown
  )
  if (error instanceof CommandError) return error
  throw new Error(`expected a CommandError, got ${error}`)
}

const isAlive = (pid: number) => existsSync(`/proc/${pid}/exe`)

describe('a child', () => {
  test('gets exactly its arguments, whatever is in them', async () => {
    const args = ['a b', '"quoted"', '', '$HOME', '`x`', '\\', '*', 'a,"b"']
    const { stdout } = await run('console.log(JSON.stringify(process.argv.slice(1)))', { args })
    expect(JSON.parse(stdout)).toEqual(args)
  })

  test('gets exactly its environment, and nothing of ours', async () => {
    process.env['SECRET_OF_THE_STEP'] = 'x'
    const env = { ONE: '1', PATH: '/nothing' }
    const { stdout } = await run('console.log(JSON.stringify(process.env))', { env })
    delete process.env['SECRET_OF_THE_STEP']
    expect(JSON.parse(stdout)).toEqual(env)
  })

  test('stands where it was told to', async () => {
    expect((await run('console.log(process.cwd())')).stdout.trim()).toBe(cwd)
  })

  test('finds its standard input at the end, behind what it was given', async () => {
    const read =
      "let all = ''; process.stdin.on('data', d => { all += d }).on('end', () => console.log(JSON.stringify(all)))"
    expect(JSON.parse((await run(read)).stdout)).toBe('')
    expect(JSON.parse((await run(read, { input: 'ghcr.io\n' })).stdout)).toBe('ghcr.io\n')
  })

  test('need not read its standard input', async () => {
    const input = 'x'.repeat(1024 * 1024)
    expect((await run('process.exit(1)', { input, expected: [1] })).exitCode).toBe(1)
  })

  test('prints nothing into our log by itself', async () => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true)
    await run("console.log('::error::x'); console.error('::error::y')")
    const printed = write.mock.calls.map(([text]) => String(text))
    write.mockRestore()
    expect(printed.filter(text => text.includes('::error::'))).toEqual([])
  })
})

describe('a child that fails', () => {
  test('is an error with its code and its own words', async () => {
    const error = await failureOf(run("console.log('out'); console.error('why'); process.exitCode = 3"))
    expect(error).toMatchObject({ program: 'node', exitCode: 3, timedOut: false, stdout: 'out\n', stderr: 'why\n' })
    expect(error.message).toBe('node failed with exit code 3')
  })

  test('is none when that code is an answer', async () => {
    expect((await run('process.exitCode = 1', { expected: [0, 1] })).exitCode).toBe(1)
  })

  test('by a signal from outside is an error that says so', async () => {
    const error = await failureOf(run("process.kill(process.pid, 'SIGKILL')", { expected: [0, 1] }))
    expect(error).toMatchObject({
      exitCode: null,
      timedOut: false,
      message: 'node was killed, perhaps for want of memory'
    })
  })

  test('to start is an error', async () => {
    await expect(
      createRun(end.signal)({ file: join(cwd, 'none'), args: [], env: {}, cwd, timeoutMs: 1000 })
    ).rejects.toThrow()
  })
})

describe('a child that does not end', () => {
  const sleeper = "process.on('SIGTERM', () => {}); console.log(process.pid); setInterval(() => {}, 1000)"

  test('is killed at its limit', async () => {
    const error = await failureOf(run(sleeper, { timeoutMs: 700 }))
    expect(error).toMatchObject({ timedOut: true, message: 'node was ended: it did not finish within 0.7 s' })
    expect(isAlive(Number(error.stdout))).toBe(false)
  })

  test('is killed when the step ends, with the reason', async () => {
    const running = failureOf(run(sleeper))
    setTimeout(() => end.abort(new ToolError('the time limit is over')), 500)
    const error = await running
    expect(error).toMatchObject({ timedOut: true, message: 'node was ended: the time limit is over' })
    expect(isAlive(Number(error.stdout))).toBe(false)
  })

  test('is not even started after the end', async () => {
    end.abort(new ToolError('the run was cancelled'))
    const error = await failureOf(run("require('fs').writeFileSync('started', '')"))
    expect(error.message).toBe('node was not started: the run was cancelled')
    expect(existsSync(join(cwd, 'started'))).toBe(false)
  })

  test('is killed alone: its neighbour goes on', async () => {
    const [slow, quick] = await Promise.all([
      failureOf(run(sleeper, { timeoutMs: 500 })),
      run("setTimeout(() => console.log('done'), 900)")
    ])
    expect([slow.timedOut, quick.stdout]).toEqual([true, 'done\n'])
  })
})

describe('what is kept of a child’s output', () => {
  test('is all of 16 MiB, and more is an error', async () => {
    // In lines: @actions/exec keeps an unfinished line and searches the whole of it again with each chunk.
    const print = (bytes: number) => `process.stdout.write(('x'.repeat(1023) + '\\n').repeat(${bytes / 1024}))`
    expect((await run(print(16 * 1024 * 1024))).stdout).toHaveLength(16 * 1024 * 1024)
    expect((await failureOf(run(print(17 * 1024 * 1024)))).message).toBe('node printed more than 16777216 bytes')
  })

  test('is the end of standard error', async () => {
    const { stderr } = await run("process.stderr.write('x'.repeat(1024 * 1024) + 'the end')")
    expect(stderr.length).toBeLessThanOrEqual(256 * 1024)
    expect(stderr.endsWith('xthe end')).toBe(true)
  })
})
