import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseDockerfile } from '../../../src/origin/dockerfile.ts'
import { type BuildArguments, chainOf } from '../../../src/origin/stages.ts'

const AMD64: BuildArguments = { platform: 'linux/amd64', values: new Map() }

/** `KEYWORD line` of each instruction of the stage that is built. */
function linesOf(text: string, build: Partial<BuildArguments> = {}): string[] | undefined {
  const parsed = parseDockerfile(text)
  const chain = parsed && chainOf(parsed, { ...AMD64, ...build })
  return chain?.instructions.map(({ keyword, line }) => `${keyword} ${line}`)
}

function baseOf(text: string, build: Partial<BuildArguments> = {}): unknown {
  const parsed = parseDockerfile(text)
  const chain = parsed && chainOf(parsed, { ...AMD64, ...build })
  return chain && [chain.image, chain.from.line]
}

describe('instructions', () => {
  test('continued lines, with comments and empty lines between, are one', () => {
    const parsed = parseDockerfile(
      '# syntax=docker/dockerfile:1\nFROM a\nRUN one \\\n  # not this\n\n  && two\nrun three\n'
    )
    expect(parsed?.stages[0]?.instructions).toEqual([
      { keyword: 'RUN', line: 3, flags: [], text: 'one   && two', heredoc: [] },
      { keyword: 'RUN', line: 7, flags: [], text: 'three', heredoc: [] }
    ])
  })

  test('the directive escape makes another character continue a line', () => {
    expect(linesOf('# escape=`\nFROM a\nRUN dir C:\\\nRUN one `\n  two\nCOPY a b')).toEqual([
      'RUN 3',
      'RUN 4',
      'COPY 6'
    ])
  })

  test('what stands in a here-document is no instruction', () => {
    const text =
      'FROM a\nRUN --mount=type=cache,target=/c <<EOF\nRUN no\n# no\nEOF\nCOPY <<-one <<two /x/\nFROM no\n\tone\nno\ntwo\nRUN yes'
    expect(linesOf(text)).toEqual(['RUN 2', 'COPY 6', 'RUN 11'])
    expect(parseDockerfile(text)?.stages[0]?.instructions[0]).toEqual({
      keyword: 'RUN',
      line: 2,
      flags: ['--mount=type=cache,target=/c'],
      text: '<<EOF',
      heredoc: ['RUN no', '# no', 'EOF']
    })
  })

  test('lines that end as on Windows', () => {
    expect(linesOf('\uFEFF# c\r\nFROM a\r\nRUN one \\\r\n two\r\nRUN three\r\n')).toEqual(['RUN 3', 'RUN 5'])
  })
})

describe('stages', () => {
  const several = `ARG BASE=debian
ARG TAG=\${BASE}-12
FROM \${BASE}:\${TAG} AS build
RUN build
FROM --platform=$BUILDPLATFORM alpine AS run-amd64
RUN amd64
FROM run-\${TARGETARCH} AS Common
RUN common
FROM common
COPY --from=build /x /x
`
  test('the last one is built, on those that it names, down to an image', () => {
    expect(linesOf(several)).toEqual(['RUN 6', 'RUN 8', 'COPY 10'])
    expect(baseOf(several)).toEqual(['alpine', 5])
  })

  test('or the one that was asked for, with the build arguments that were given', () => {
    expect(baseOf(several, { target: 'BUILD' })).toEqual(['debian:debian-12', 3])
    expect(baseOf(several, { target: 'build', values: new Map([['TAG', '13']]) })).toEqual(['debian:13', 3])
    expect(baseOf(several, { target: 'nothing' })).toBeUndefined()
  })

  test('an argument without a value leaves the image unknown, but not its line', () => {
    expect(baseOf('ARG BASE\nFROM registry/${BASE}\nRUN a')).toEqual([undefined, 2])
    expect(baseOf('ARG BASE\nFROM ${BASE:-debian}:12\nRUN a')).toEqual(['debian:12', 2])
  })

  test('arguments that double one another are not filled in, whoever gives them', () => {
    const doubling = Array.from({ length: 40 }, (_, i) => `ARG A${i + 1}=$A${i}$A${i}`).join('\n')
    const text = `ARG A0=x\n${doubling}\nFROM registry/a:$A40\nRUN a`
    expect(baseOf(text)).toEqual([undefined, 42])
    const values = new Map([['A', 'x'.repeat(1_000_000)]])
    expect(baseOf(`ARG A\nFROM registry/a:${'$A'.repeat(900)}\nRUN a`, { values })).toEqual([undefined, 2])
  })

  test('an argument that could name a stage leaves everything unknown', () => {
    expect(baseOf('FROM a AS one\nRUN x\nFROM $WHICH\nRUN y')).toBeUndefined()
  })

  test('a stage cannot name itself or a later one', () => {
    expect(baseOf('FROM debian AS debian\nRUN a')).toEqual(['debian', 1])
  })
})

describe('hostile texts', () => {
  const SIZE = 128 * 1024 - 100
  const repeated = (before: string, part: string, after = '') =>
    before + part.repeat(Math.floor((SIZE - before.length - after.length) / part.length)) + after

  test.each([
    ['stages', Array.from({ length: 900 }, (_, index) => `FROM s${index} AS s${index + 1}\nRUN x\n`).join('')],
    ['one continued line', repeated('FROM a\nRUN x', ' \\\n  y')],
    ['blanks', repeated('FROM a\nRUN ', ' ', 'x')],
    ['flags', repeated('FROM a\nRUN ', '--a ')],
    ['here-documents', repeated(`FROM a\nRUN ${'<<A '.repeat(2_000)}\n`, 'x\n', 'A\n'.repeat(2_000))],
    ['variables', repeated('FROM ', '${A:-')],
    ['quotes', repeated('FROM a\nRUN ', '"\'\\')],
    ['onbuild', repeated('FROM a\n', 'ONBUILD ')]
  ])('%s are read in bounded time', (_, text) => {
    const started = performance.now()
    const parsed = parseDockerfile(text)
    expect(parsed?.stages.length).toBeGreaterThan(0)
    if (parsed !== undefined) chainOf(parsed, AMD64)
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  test.each([
    ['too many stages', 'FROM a\n'.repeat(10_000)],
    ['comments between stages', 'FROM a\n# c\nRUN x\n'.repeat(6_000)],
    ['a megabyte', `FROM a\n${'RUN x\n'.repeat(170_000)}`],
    ['a line end that builders do not know', 'FROM a\nRUN x\rRUN y']
  ])('%s: refused at once', (_, text) => {
    const started = performance.now()
    expect(parseDockerfile(text)).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  test('never throw, and have no line outside of the text', () => {
    const words = fc.constantFrom(
      'FROM a',
      'FROM a AS b',
      'FROM b',
      'RUN x',
      'RUN <<E',
      'E',
      '\\',
      '\n',
      '\r\n',
      ' ',
      '#',
      '"',
      '$',
      '# escape=`\n'
    )
    const text = fc.array(fc.oneof(words, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 40 })
    fc.assert(
      fc.property(text, parts => {
        const written = parts.join('')
        const stages = parseDockerfile(written)?.stages ?? []
        const lines = stages.flatMap(stage => [stage.from, ...stage.instructions]).map(({ line }) => line)
        for (const line of lines) expect(line).toBeLessThanOrEqual(written.split('\n').length)
      }),
      { numRuns: 500 }
    )
  })
})
