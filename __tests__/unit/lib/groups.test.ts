import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createGroups, type Groups } from '../../../src/lib/groups.ts'

/** Groups that write into `lines`: `[` and `]` are a group's beginning and end, and a second passes with each look at the clock. */
function paper(): { lines: string[]; groups: Groups; say: (text: string) => void } {
  const lines: string[] = []
  let time = 0
  const groups = createGroups({
    open: title => lines.push(`[ ${title}`),
    close: () => lines.push(']'),
    line: text => lines.push(text),
    now: () => {
      time += 1000
      return time
    }
  })
  return { lines, groups, say: text => groups.write(() => lines.push(text)) }
}

/** A work that goes on until it is told to end. */
function work(say: (text: string) => void) {
  const end = Promise.withResolvers<() => void>()
  let next = Promise.withResolvers<string | undefined>()
  return {
    run: async () => {
      for (let text = await next.promise; text !== undefined; text = await next.promise) {
        next = Promise.withResolvers()
        say(text)
      }
      return (await end.promise)()
    },
    say: async (text: string) => {
      next.resolve(text)
      await settled()
    },
    done: async () => {
      next.resolve(undefined)
      end.resolve(() => undefined)
      await settled()
    },
    fail: async () => {
      next.resolve(undefined)
      end.resolve(() => {
        throw new Error('broken')
      })
      await settled()
    }
  }
}

const settled = () => new Promise<void>(resolve => setImmediate(resolve))

test('a group shows at once what its work writes, and behind its end how long it took', async () => {
  const { lines, groups, say } = paper()
  const scan = work(say)
  const result = groups.group('Scan', scan.run)
  await scan.say('linux/amd64')
  expect(lines).toEqual(['[ Scan', 'linux/amd64'])
  await scan.done()
  await result
  expect(lines.slice(2)).toEqual([']', 'Scan: 1.0 s'])
})

test('gives what its work gives, and a failure as it is', async () => {
  const { lines, groups } = paper()
  expect(await groups.group('A', async () => 7)).toBe(7)
  const broken = new Error('broken')
  await expect(groups.group('B', () => Promise.reject(broken))).rejects.toBe(broken)
  await expect(
    groups.group('C', () => {
      throw broken
    })
  ).rejects.toBe(broken)
  expect(lines).toEqual([
    '[ A',
    ']',
    'A: 1.0 s',
    '[ B',
    ']',
    'B: failed after 1.0 s',
    '[ C',
    ']',
    'C: failed after 1.0 s'
  ])
})

test('what others write meanwhile stands behind the group, and another group behind that', async () => {
  const { lines, groups, say } = paper()
  const [sign, upload] = [work(say), work(say)]
  const both = Promise.all([groups.group('Sign', sign.run), groups.group('Upload', upload.run)])
  say('outside')
  await upload.say('uploading')
  await sign.say('signing')
  await sign.done()
  expect(lines).toEqual(['[ Sign', 'signing', ']', 'Sign: 2.0 s', 'outside', '[ Upload', 'uploading'])
  await upload.say('uploaded')
  await upload.done()
  await both
  expect(lines.slice(7)).toEqual(['uploaded', ']', 'Upload: 2.0 s'])
})

test('a group that is done while another is open comes whole after it', async () => {
  const { lines, groups, say } = paper()
  const [first, second] = [work(say), work(say)]
  const both = Promise.all([groups.group('1', first.run), groups.group('2', second.run)])
  await second.say('b')
  await second.done()
  expect(lines).toEqual(['[ 1'])
  await first.say('a')
  await first.done()
  await both
  expect(lines).toEqual(['[ 1', 'a', ']', '1: 3.0 s', '[ 2', 'b', ']', '2: 1.0 s'])
})

test('what goes on after its group has ended belongs to none', async () => {
  const { lines, groups, say } = paper()
  const late = Promise.withResolvers<void>()
  let rest: Promise<void> = Promise.resolve()
  await groups.group('A', async () => {
    rest = late.promise.then(() => say('late'))
  })
  late.resolve()
  await rest
  expect(lines.at(-1)).toBe('late')
})

test('the end leaves nothing open and nothing unsaid', async () => {
  const { lines, groups, say } = paper()
  const [first, second] = [work(say), work(say)]
  const both = Promise.all([groups.group('1', first.run), groups.group('2', second.run)])
  await second.say('b')
  say('outside')
  groups.end()
  const before = [...lines]
  expect(before).toEqual([
    '[ 1',
    ']',
    '1: not finished after 3.0 s',
    'outside',
    '[ 2',
    'b',
    ']',
    '2: not finished after 1.0 s'
  ])
  await first.say('late')
  await first.done()
  await second.done()
  await both
  groups.end()
  expect(lines).toEqual([...before, 'late'])
})

test('however works overlap, each line is written once, in its own group and in its order', async () => {
  const action = fc.record({
    who: fc.nat({ max: 3 }),
    what: fc.constantFrom('say', 'say', 'say', 'begin', 'done', 'fail')
  })
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async actions => {
      const { lines, groups, say } = paper()
      const works = new Map<number, ReturnType<typeof work>>()
      const results: Promise<unknown>[] = []
      const said: string[] = []
      let title = ''
      const begun: string[] = []
      for (const [index, { who, what }] of actions.entries()) {
        const running = works.get(who)
        if (what === 'say') {
          said.push(`${running === undefined ? 'none' : begun[who]} ${index}`)
          if (running === undefined) say(said.at(-1) ?? '')
          else await running.say(said.at(-1) ?? '')
        } else if (what === 'begin' && running === undefined) {
          const started = work(say)
          title = `group-${index}`
          begun[who] = title
          works.set(who, started)
          results.push(groups.group(title, started.run).catch(() => 'broken'))
        } else if (what !== 'begin' && running !== undefined) {
          works.delete(who)
          await (what === 'done' ? running.done() : running.fail())
        }
      }
      groups.end()
      for (const running of works.values()) await running.done()
      await Promise.all(results)

      let open = 'none'
      const written: string[] = []
      for (const line of lines) {
        if (line.startsWith('[ ')) {
          expect(open).toBe('none')
          open = line.slice(2)
        } else if (line === ']') {
          expect(open).not.toBe('none')
          open = 'none'
        } else if (!line.includes(': ')) {
          expect(line.split(' ')[0]).toBe(open)
          written.push(line)
        }
      }
      expect(open).toBe('none')
      const of = (all: readonly string[]) => Map.groupBy(all, line => line.split(' ')[0])
      expect(of(written)).toEqual(of(said))
    }),
    { numRuns: 300 }
  )
})
