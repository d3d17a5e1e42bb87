import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseDockerfile } from '../../../src/origin/dockerfile.ts'
import { pulledImages } from '../../../src/origin/pulled-images.ts'

/** `line image`, or `line text: problem` of each image that is pulled. */
function pulled(...lines: readonly string[]): string[] {
  const parsed = parseDockerfile(lines.join('\n'))
  if (parsed === undefined) throw new Error('no Dockerfile')
  return pulledImages(parsed).map(({ line, image, text, problem }) =>
    image === undefined ? `${line} ${text}: ${problem}` : `${line} ${image}`
  )
}

test('every stage counts, whether or not it is built, and scratch is no image', () => {
  expect(
    pulled(
      'FROM golang:1.26 AS build',
      'RUN go build',
      'FROM alpine@sha256:x AS test',
      'FROM scratch',
      'COPY --from=build /a /a'
    )
  ).toEqual(['1 golang:1.26', '3 alpine@sha256:x'])
})

describe('a name is a stage', () => {
  test('for FROM if the stage stands before it', () => {
    expect(pulled('FROM Debian AS base', 'FROM base', 'FROM later', 'FROM base AS later')).toEqual([
      '1 Debian',
      '3 later'
    ])
  })

  test('for COPY and RUN wherever it stands, in any case', () => {
    expect(
      pulled('FROM a', 'COPY --from=LATER /x /x', 'RUN --mount=type=bind,from=later,target=/l true', 'FROM b AS Later')
    ).toEqual(['1 a', '4 b'])
  })

  test('by its number for COPY only', () => {
    expect(pulled('FROM a', 'FROM b', 'COPY --from=0 /x /x', 'RUN --mount=from=0,target=/x true')).toEqual([
      '1 a',
      '2 b',
      '4 0'
    ])
  })
})

describe('what else pulls an image', () => {
  test('COPY --from and RUN --mount, with other flags and in any case of the keywords', () => {
    expect(
      pulled(
        'FROM a',
        'copy --chown=1:1 --from=ghcr.io/acme/tools:1 /x \\',
        '  /x',
        'RUN --network=none --mount=type=cache,target=/c --mount=type=bind,FROM=docker.io/b,target=/b true',
        'COPY --link /from=nothing /x'
      )
    ).toEqual(['1 a', '2 ghcr.io/acme/tools:1', '4 docker.io/b'])
  })

  test('what ONBUILD holds, for stages that are built on this one', () => {
    expect(pulled('FROM a', 'ONBUILD COPY --from=evil /x /x', 'ONBUILD RUN true')).toEqual(['1 a', '2 evil'])
  })

  test('not what stands in a here-document, a comment, or among the arguments', () => {
    expect(pulled('FROM a', 'RUN <<EOF', 'COPY --from=b /x /x', 'EOF', '# FROM c', 'RUN echo --mount=from=d')).toEqual([
      '1 a'
    ])
  })
})

describe('variables', () => {
  test('are filled in by the defaults of ARG before the first FROM, which are named', () => {
    const parsed = parseDockerfile('ARG V=12\nARG BASE=debian:${V}\nFROM $BASE\nFROM ${OTHER:-b}\nFROM c')
    expect(parsed && pulledImages(parsed).map(({ image, defaults }) => [image, defaults])).toEqual([
      ['debian:12', ['V', 'BASE']],
      ['b', []],
      ['c', []]
    ])
  })

  test('that only the build knows make the image unknown, and it says so', () => {
    expect(pulled('ARG TAG', 'FROM debian:$TAG', 'FROM debian:${NONE}', 'FROM x-$BUILDARCH', 'FROM ${A:+b}')).toEqual([
      '2 debian:$TAG: ARG TAG has no default, so only the build knows; give it one: ARG TAG=…',
      '3 debian:${NONE}: no ARG NONE stands before the first FROM, so that docker fills in nothing',
      '4 x-$BUILDARCH: BUILDARCH is known only where it is built',
      '5 ${A:+b}: no ARG A stands before the first FROM, so that docker fills in nothing'
    ])
  })

  test('in a form that is not read are said', () => {
    expect(pulled('ARG A=x', 'FROM ${A%x}')[0]).toContain('have a form that is not read here')
  })

  test('an ARG inside a stage is none for FROM', () => {
    expect(pulled('FROM a', 'ARG B=b', 'FROM $B')[1]).toContain('no ARG B stands before the first FROM')
  })

  test('of the platform stand for both platforms, of which each can be a stage', () => {
    expect(pulled('FROM ghcr.io/acme/base-$TARGETARCH:1')).toEqual([
      '1 ghcr.io/acme/base-amd64:1',
      '1 ghcr.io/acme/base-arm64:1'
    ])
    expect(pulled('FROM a AS base-amd64', 'FROM b AS base-arm64', 'FROM base-${TARGETARCH}')).toEqual(['1 a', '2 b'])
    expect(pulled('FROM a AS base-amd64', 'FROM base-${TARGETARCH}')).toEqual(['1 a', '2 base-arm64'])
  })

  test('are not filled in by docker in COPY --from, and quotes that stay are not read', () => {
    const [, copy, mount, quoted] = pulled(
      'ARG A=b',
      'FROM a',
      'COPY --from=$A /x /x',
      'RUN --mount=from=${A},target=/x true',
      'COPY --from=\\"a\\" /x /x'
    )
    expect([copy, mount]).toEqual([
      '3 $A: docker fills in no variables there; name a stage that has it in its FROM',
      '4 ${A}: docker fills in no variables there; name a stage that has it in its FROM'
    ])
    expect(quoted).toContain('quotes or backslashes')
  })
})

test('whatever a Dockerfile holds, each image has a line and is known or has a problem', () => {
  const part = fc.constantFrom(
    'FROM ',
    'COPY --from=',
    'RUN --mount=from=',
    'ARG ',
    '$A',
    '${A:-b}',
    'a',
    ' AS s',
    '\n',
    '"',
    '\\',
    ',',
    'ONBUILD ',
    '--'
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), parts => {
      const parsed = parseDockerfile(`FROM first\n${parts.join('')}`)
      for (const { line, image, problem } of parsed ? pulledImages(parsed) : []) {
        expect(line).toBeGreaterThan(0)
        expect((image === undefined) !== (problem === undefined)).toBe(true)
      }
    })
  )
})
