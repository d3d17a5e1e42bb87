import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type BuiltImage, type DockerfileInCheckout, locate } from '../../../src/origin/locate.ts'
import { readProvenance } from '../../../src/origin/provenance.ts'
import { recordedImage, worldImage } from '../../fixtures/built-images.ts'

const file = (text: string, asked = false): DockerfileInCheckout => ({ path: 'docker/Dockerfile', text, asked })

/** The line of each layer: `B3` for the base's, `-` for none. */
function linesOf(image: BuiltImage, dockerfile: DockerfileInCheckout | undefined): string {
  const { places } = locate(image, dockerfile)
  const sources = image.layers.map(({ diffId }) => places.get(diffId))
  return sources.map(source => (source === undefined ? '-' : `${source.base ? 'B' : ''}${source.line}`)).join(' ')
}

function withoutProvenance({ provenance: _, ...image }: BuiltImage): BuiltImage {
  return image
}

describe('layers', () => {
  test.each([
    ['every-instruction', 'B6 11 16 22 25 29 30 31 32 33 34 35 36 39 44 45 46 47 49 50'],
    ['several-stages', 'B4 5 10 11 15 16'],
    ['onbuild', 'B1 B1 B1 2'],
    ['version-0.2', 'B4 5 10 11 13'],
    // Only the base's age could say which layers are its, and it was built just before.
    ['mode-min', '- 11 16 22 25 29 30 31 32 33 34 35 36 39 44 45 46 47 49 50']
  ] as const)('%s: the builder says', (name, lines) => {
    const { image, dockerfile } = recordedImage(name)
    expect(linesOf(image, file(dockerfile))).toBe(lines)
    expect(linesOf(image, file(dockerfile.replaceAll('\n', '\r\n')))).toBe(lines)
  })

  test.each([
    ['vulnerable', 'amd64', 'B3 B3 13 16 19 22 23 25'],
    ['index', 'amd64', 'B3 B3 12 14 17 18'],
    ['index', 'arm64', 'B3 B3 12 14 17 18'],
    // The builder leaves out, for one platform, what it has done for the other one.
    ['static', 'amd64', '10 13'],
    ['static', 'arm64', '10 13']
  ])(
    '%s for %s: the builder and the history say, although the exporter changed the digests',
    (name, platform, lines) => {
      const { image, dockerfile } = worldImage(name, platform)
      expect(linesOf(image, file(dockerfile))).toBe(lines)
      expect(linesOf(withoutProvenance(image), file(dockerfile))).toBe(lines)
    }
  )

  test('have path, line and the name of the base', () => {
    const { image, dockerfile } = worldImage('vulnerable')
    const { places } = locate(image, file(dockerfile))
    expect([...places.values()].slice(1, 3)).toEqual([
      { file: 'docker/Dockerfile', line: 3, base: true, from: 'registry.example.com/acme/base:12' },
      { file: 'docker/Dockerfile', line: 13, base: false }
    ])
  })
})

describe('another Dockerfile than the one that was used', () => {
  const { image, dockerfile } = worldImage('vulnerable')
  const changed = dockerfile.replace('FROM', '# moved\n\nFROM').replace('COPY .env ./\n', '')

  test('has no line when it only has the usual name', () => {
    expect(linesOf(image, file(changed))).toBe('- - - - - - - -')
    expect(locate(image, file(changed)).reason).toMatch('not built from docker/Dockerfile')
  })

  test('has the lines of the instructions that are still there when somebody says that it is the one', () => {
    expect(linesOf(image, file(changed, true))).toBe('B5 B5 15 18 - 23 24 26')
  })

  test('has no line for an instruction that is there twice, nor for another base', () => {
    const twice = changed.replace('WORKDIR', 'COPY node_modules/ node_modules/\nWORKDIR').replace('base:12', 'base:13')
    expect(linesOf(image, file(twice, true))).toBe('- - 15 19 - 24 - 27')
  })

  test('without provenance it has no line either, unless all of it agrees with the history', () => {
    const plain = withoutProvenance(image)
    expect(linesOf(plain, file(changed))).toBe('- - - - - - - -')
    expect(locate(plain, file(changed)).reason).toBe("the image's layers do not agree with docker/Dockerfile")
    expect(linesOf(plain, file(`# moved\n${dockerfile}`))).toBe('B4 B4 14 17 20 23 24 26')
    expect(linesOf(plain, file(dockerfile.replace(/FROM .*/, 'FROM scratch')))).toBe('- - - - - - - -')
  })

  test('one that is no Dockerfile, and none', () => {
    for (const one of [file('not one', true), undefined]) expect(locate(image, one).places.size).toBe(0)
    expect(locate(image, undefined).reason).toBe('there is no Dockerfile in the workspace')
  })
})

describe('the base', () => {
  const digest = 'sha256:76892b796cfc64f3e85ab1b8f26d89468921b2144d2b9c58c110b67d5a6bd3bb'
  const from = 'registry.example.com/acme/base:12'
  const { image, dockerfile } = worldImage('vulnerable')
  const layers = image.layers.slice(0, 2).map(({ diffId }) => diffId)

  test('by the builder, with the digest that it used, also without a checkout', () => {
    expect(locate(image, undefined).base).toEqual({ from, digest, layers })
  })

  test('by the Dockerfile and the history', () => {
    expect(locate(withoutProvenance(image), file(dockerfile)).base).toEqual({ from, layers })
    expect(locate(withoutProvenance(image), file(dockerfile.replace('\nRUN ', '\nRUN x; '))).base).toBeUndefined()
  })

  test('by the list of what was read, where the builder says no more', () => {
    const { image: min } = recordedImage('mode-min')
    expect(locate(min, undefined).base).toEqual({
      from: 'registry.example.com/test/shell:1',
      digest: 'sha256:c90259563a7c1d000abb789e67531fef34b464cfbbdbd5d46756d8eea64aab45',
      layers: []
    })
  })

  test('has not the layers that its ONBUILD made', () => {
    const { image: onbuild } = recordedImage('onbuild')
    expect(locate(onbuild, undefined).base?.layers).toHaveLength(2)
  })

  test('there is none under scratch', () => {
    const { image: eol, dockerfile: text } = worldImage('eol')
    expect(locate(eol, file(text)).base).toBeUndefined()
  })

  test.each([
    ['debian:12', 'docker.io/library/debian:12', 'debian:12'],
    ['docker.io/debian', 'debian:latest', 'docker.io/debian'],
    ['ubuntu:24.04', 'docker.io/library/debian:12', 'debian:12']
  ])('Dockerfile %s, builder %s: %s', (named, reference, shown) => {
    const provenance = { values: new Map(), steps: [], images: [{ reference, digest }] }
    const one = withoutProvenance(image)
    const text = dockerfile.replace(/FROM .*/, `FROM ${named}`)
    expect(locate({ ...one, provenance }, file(text)).base).toMatchObject({ from: shown, digest })
  })

  test('of several images that were read, none of which the Dockerfile names, none', () => {
    const images = ['a:1', 'b:1'].map((reference, index) => ({ reference, digest: `sha256:${`${index}`.repeat(64)}` }))
    const provenance = { values: new Map(), steps: [], images }
    expect(locate({ ...image, provenance }, undefined).base).toBeUndefined()
    const frontend = { reference: 'docker.io/docker/dockerfile:1', digest: `sha256:${'c'.repeat(64)}` }
    const two = { ...provenance, images: [frontend, ...images.slice(0, 1)] }
    expect(locate({ ...image, provenance: two }, undefined).base?.from).toBe('a:1')
  })
})

describe('hostile provenance', () => {
  const { image, dockerfile, statement } = worldImage('vulnerable')
  const lines = dockerfile.split('\n').length

  test('of any shape never throws, and never gives a line outside of the file', () => {
    fc.assert(
      fc.property(mutated(statement), fc.boolean(), (hostile, asked) => {
        const provenance = readProvenance(hostile)
        const one = withoutProvenance(image)
        const { places } = locate(provenance === undefined ? one : { ...one, provenance }, file(dockerfile, asked))
        for (const { line } of places.values()) expect(line >= 1 && line <= lines).toBe(true)
      }),
      { numRuns: 300 }
    )
  })

  test('that points at other lines is not believed where the history says otherwise', () => {
    const moved = JSON.parse(JSON.stringify(statement).replaceAll('"line":23', '"line":19')) as unknown
    const provenance = readProvenance(moved)
    if (provenance === undefined) throw new Error('not read')
    expect(linesOf({ ...image, provenance }, file(dockerfile))).not.toMatch(/19.*19/)
  })

  test('with a million steps and layers takes bounded time', () => {
    const digest = `sha256:${'a'.repeat(64)}`
    const layers = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [`step${index}:0`, [Array.from({ length: 600 }, () => ({ digest }))]])
    )
    const metadata = { layers, source: { locations: {}, infos: [] } }
    const predicate = { runDetails: { metadata: { buildkit_metadata: metadata } } }
    const started = performance.now()
    const provenance = readProvenance({ predicateType: 'https://slsa.dev/provenance/v1', predicate })
    if (provenance === undefined) throw new Error('not read')
    locate({ ...image, provenance }, file(dockerfile))
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

/** The statement with some of its values replaced by anything. */
function mutated(statement: unknown): fc.Arbitrary<unknown> {
  const anything = fc.oneof(fc.jsonValue(), fc.integer(), fc.constantFrom(-1, 0, 1e9, 1.5, null, '__proto__', [], {}))
  return fc.oneof(
    fc.jsonValue(),
    fc.record({ predicateType: fc.constant('https://slsa.dev/provenance/v1'), predicate: fc.jsonValue() }),
    fc.array(fc.tuple(fc.nat(400), anything), { minLength: 1, maxLength: 6 }).map(changes => {
      let position = 0
      return JSON.parse(JSON.stringify(statement), (key, value: unknown) => {
        if (key === 'predicateType' || key === '') return value
        position++
        return changes.find(([at]) => at === position % 401)?.[1] ?? value
      }) as unknown
    })
  )
}
