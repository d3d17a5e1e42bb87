import { describe, expect, test } from '@jest/globals'
import type { HistoryEntry } from '../../../src/image/build-history.ts'
import { type Instruction, parseDockerfile } from '../../../src/origin/dockerfile.ts'
import { matchHistory } from '../../../src/origin/history.ts'
import { chainOf } from '../../../src/origin/stages.ts'
import { recordedImage, worldImage } from '../../fixtures/built-images.ts'

function instructionsOf(dockerfile: string): readonly Instruction[] {
  const parsed = parseDockerfile(dockerfile)
  return (parsed && chainOf(parsed, { platform: 'linux/amd64', values: new Map() })?.instructions) ?? []
}

const BASE: HistoryEntry = { createdBy: '/bin/sh -c #(nop) ADD file:0a1b in / ', empty: false, created: 0 }
const LATER = 3_600_000

const entry = (createdBy: string, empty = false): HistoryEntry => ({ createdBy, empty, created: LATER })

/** The line of each layer, `-` for one that is not ours. */
function linesOf(history: readonly HistoryEntry[], dockerfile: string): string | undefined {
  return matchHistory(history, instructionsOf(dockerfile))
    ?.layers.map(instruction => instruction?.line ?? '-')
    .join(' ')
}

describe('images of real builds', () => {
  test.each([
    ['vulnerable', '- - 13 16 19 22 23 25'],
    ['baseline', '- - 12 15 17 18'],
    ['clean', '- - 9 12 13'],
    ['index', '- - 12 14 17 18'],
    ['base', '11 16'],
    ['eol', '10 13'],
    ['empty', '3']
  ])('%s of the world', (name, lines) => {
    const { image, dockerfile } = worldImage(name)
    expect(linesOf(image.history, dockerfile)).toBe(lines)
  })

  test.each([
    ['every-instruction', '- 11 16 22 25 29 30 31 32 33 34 35 36 39 44 45 46 47 49 50'],
    ['mode-min', '- 11 16 22 25 29 30 31 32 33 34 35 36 39 44 45 46 47 49 50'],
    ['several-stages', '- 5 10 11 15 16'],
    ['onbuild', '- - - 2']
  ] as const)('%s: instructions of all kinds', (name, lines) => {
    const { image, dockerfile } = recordedImage(name)
    expect(linesOf(image.history, dockerfile)).toBe(lines)
  })
})

describe('one instruction', () => {
  test.each([
    ['RUN apt-get update', 'RUN /bin/sh -c apt-get update # buildkit'],
    ['RUN apt-get update', 'RUN |2 A=1 B=two words /bin/sh -c apt-get update # buildkit'],
    ['RUN apt-get update', '/bin/sh -c apt-get update'],
    ['RUN apt-get update', '|1 VERSION=1.2 /bin/sh -c apt-get update'],
    ['RUN apt-get update', 'RUN /bin/bash -o pipefail -c apt-get update # buildkit'],
    ['RUN apt-get update', 'RUN apt-get update'],
    ['RUN ["a", "b c"]', 'RUN a b c # buildkit'],
    ['RUN <<EOF\nmake\n\nEOF', 'RUN /bin/sh -c make\n\n # buildkit'],
    ['SHELL ["/bin/zsh", "-ec"]\nRUN x', 'RUN /bin/zsh -ec x # buildkit'],
    ['COPY --from=build --link --chown=1 /a /b', 'COPY --chown=1 /a /b # buildkit'],
    ['COPY a.$EXT ${DIR:-x}/', 'COPY a.txt srv/app/ # buildkit'],
    ['COPY ["a b", "/c"]', 'COPY a b /c # buildkit'],
    ['COPY a /srv/app/', '/bin/sh -c #(nop) COPY file:5d41402abc in /srv/app/ '],
    ['COPY . .', '/bin/sh -c #(nop) COPY dir:5d41402abc in /srv/app '],
    ['COPY --chown=1 a b c/', '/bin/sh -c #(nop) COPY --chown=1 multi:5d41402abc in /srv/c/ '],
    ['ADD https://example.com/x /y', 'ADD https://example.com/x /y # buildkit'],
    ['WORKDIR /srv/app/', 'WORKDIR /srv/app'],
    ['WORKDIR app', 'WORKDIR /srv/app'],
    ['WORKDIR ../app', 'WORKDIR /app'],
    ['WORKDIR $HOME/app', 'WORKDIR /home/node/app'],
    ['WORKDIR /srv', '/bin/sh -c #(nop) WORKDIR /srv']
  ])('%s is %s', (instruction, createdBy) => {
    expect(linesOf([BASE, entry(createdBy)], `FROM a\n${instruction}`)).toMatch(/^- [23]$/)
  })

  test.each([
    ['RUN update', 'RUN /bin/sh -c apt-get update # buildkit'],
    ['RUN apt-get update', 'RUN /bin/sh -c apt-get update -y # buildkit'],
    ['RUN a', 'RUN sudo a # buildkit'],
    ['RUN ["a", "b"]', 'RUN /bin/sh -c a b # buildkit'],
    ['SHELL ["/bin/zsh", "-c"]\nRUN x', 'RUN /bin/sh -c x # buildkit'],
    ['RUN x', '/bin/sh -c #(nop) COPY file:5d41402abc in x'],
    ['COPY a /b', 'COPY a /c # buildkit'],
    ['COPY a /b', 'ADD a /b # buildkit'],
    ['COPY a.$EXT /b', 'COPY b.txt /b # buildkit'],
    ['COPY a app/', '/bin/sh -c #(nop) COPY file:5d41402abc in /srv/ '],
    ['WORKDIR /srv', 'WORKDIR /srv/app'],
    ['WORKDIR app', 'WORKDIR /srv/myapp'],
    ['RUN x', 'mount / from exec /bin/sh -c x'],
    ['CMD x', 'RUN /bin/sh -c x # buildkit']
  ])('%s is not %s', (instruction, createdBy) => {
    expect(linesOf([BASE, entry(createdBy)], `FROM a\n${instruction}`)).toBeUndefined()
  })
})

describe('nothing is known, rather than half of it', () => {
  const dockerfile = 'FROM a\nRUN one\nCOPY a /b\nRUN two\nCMD x'
  const history = [
    BASE,
    entry('RUN /bin/sh -c one # buildkit'),
    entry('COPY a /b # buildkit'),
    entry('RUN /bin/sh -c two # buildkit')
  ]

  test('unless every instruction agrees', () => {
    expect(linesOf(history, dockerfile)).toBe('- 2 3 4')
    expect(linesOf([...history, entry('CMD ["x"]', true)], dockerfile)).toBe('- 2 3 4')
    for (const other of ['RUN three', 'RUN two\nRUN three', '', 'USER 1\nRUN two\nWORKDIR /x'])
      expect(linesOf(history, dockerfile.replace('RUN two', other))).toBeUndefined()
  })

  test('when the builder put one layer under several instructions', () => {
    const squashed = history.map((one, index) => ({ ...one, empty: index > 0 && index < 3 }))
    expect(linesOf(squashed, dockerfile)).toBeUndefined()
    expect(linesOf([...history, entry('mount', false)], dockerfile)).toBeUndefined()
  })

  test('a directory that was there already is no layer, and no gap', () => {
    const text = 'FROM a\nWORKDIR /x\nRUN one'
    expect(linesOf([BASE, entry('WORKDIR /x', true), entry('RUN /bin/sh -c one # buildkit')], text)).toBe('- 3')
  })

  test('what was built in the same minutes need not be the base', () => {
    const [, ...own] = history
    const sure = (base: HistoryEntry) => matchHistory([base, ...own], instructionsOf(dockerfile))?.baseIsSure
    expect(sure(BASE)).toBe(true)
    expect(sure({ ...BASE, created: LATER - 60_000 })).toBe(false)
    expect(sure({ createdBy: BASE.createdBy, empty: false })).toBe(false)
  })
})
