import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatReference, nameOf, parseDigest, parseReference, pin, registryOf } from '../../../src/image/reference.ts'
import { parseImageSource } from '../../../src/image/source.ts'
import { UserError } from '../../../src/lib/errors.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`

describe('parseReference', () => {
  test.each([
    ['debian', { registry: 'index.docker.io', repository: 'library/debian' }],
    ['docker.io/debian:12', { registry: 'index.docker.io', repository: 'library/debian', tag: '12' }],
    ['index.docker.io/acme/app', { registry: 'index.docker.io', repository: 'acme/app' }],
    ['acme/app:1.0', { registry: 'index.docker.io', repository: 'acme/app', tag: '1.0' }],
    ['GHCR.io/acme/app', { registry: 'ghcr.io', repository: 'acme/app' }],
    [`ghcr.io/acme/app:1@${digest}`, { registry: 'ghcr.io', repository: 'acme/app', tag: '1', digest }],
    [`localhost/app@${digest}`, { registry: 'localhost', repository: 'app', digest }],
    ['127.0.0.1:5000/a/b/c:t', { registry: '127.0.0.1:5000', repository: 'a/b/c', tag: 't' }],
    ['[::1]:5000/app', { registry: '[::1]:5000', repository: 'app' }],
    ['GHCR.io:443/acme/app', { registry: 'ghcr.io', repository: 'acme/app' }],
    ['ghcr.io:0443/acme/app', { registry: 'ghcr.io', repository: 'acme/app' }],
    ['ghcr.io:80/acme/app', { registry: 'ghcr.io:80', repository: 'acme/app' }],
    ['localhost:443/app', { registry: 'localhost', repository: 'app' }],
    ['registry:443/app', { registry: 'registry:443', repository: 'app' }],
    ['[FD00:0:0::1]:443/app', { registry: '[fd00::1]', repository: 'app' }],
    ['registry-1.docker.io/debian', { registry: 'index.docker.io', repository: 'library/debian' }],
    ['registry.hub.docker.com:443/acme/app', { registry: 'index.docker.io', repository: 'acme/app' }],
    ['eu.docker.io/acme/app', { registry: 'eu.docker.io', repository: 'acme/app' }],
    ['a.example/x__y/a-b--c/d.e', { registry: 'a.example', repository: 'x__y/a-b--c/d.e' }]
  ])('%s', (text, reference) => expect(parseReference(text)).toEqual(reference))

  test.each([
    ['', 'the reference is empty'],
    ['https://ghcr.io/acme/app', 'begins with https://; leave it out'],
    ['ghcr.io/Acme/App', 'upper-case letters in the repository; registries allow lower case only: acme/app'],
    ['ghcr.io/', 'names no repository'],
    ['ghcr.io/acme/app@', 'the digest is empty'],
    ['ghcr.io/acme/app@sha256:abc', 'the digest "sha256:abc" is not sha256:'],
    [`ghcr.io/acme/app@${digest.toUpperCase()}`, 'is not sha256:'],
    [`ghcr.io/acme/app@${digest}@${digest}`, 'more than one @'],
    ['ghcr.io/acme/app:', 'has the tag ""'],
    ['ghcr.io/acme/app:a b', 'has the tag "a b"'],
    [`ghcr.io/acme/app:${'t'.repeat(129)}`, 'has the tag'],
    ['-x.example/app', 'is not a host name'],
    ['ghcr.io:99999/app', 'is not a host name'],
    ['1.2.3.4.5/app', 'is not a host name'],
    ['ghcr.io/acme//app', 'has the repository "acme//app"'],
    ['ghcr.io/acme/app_', 'has the repository "acme/app_"'],
    ['ghcr.io/acme/a___b', 'has the repository'],
    ['--flag', 'has the repository "--flag"'],
    [`ghcr.io/${'a'.repeat(250)}`, 'longer than 255']
  ])('%j is refused: %s', (text, message) => {
    expect(() => parseReference(text)).toThrow(message)
    expect(() => parseReference(text)).toThrow(UserError)
  })

  const component = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/)
  const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,6}[a-z0-9])?$/)
  const port = fc.nat(65_535).map(number => `:${number}`)
  const hosts = fc.oneof(
    fc.tuple(label, port),
    fc.tuple(label, fc.constant('.'), label),
    fc.tuple(label, fc.constant('.'), label, port),
    fc.tuple(fc.ipV4()),
    fc.tuple(fc.ipV6(), port).map(([address, number]) => [`[${address}]`, number]),
    fc.tuple(fc.constantFrom('localhost', 'docker.io', 'registry-1.docker.io', 'index.docker.io'))
  )
  const host = hosts.map(parts => parts.join(''))
  const registry = host.map(registryOf).filter(found => found !== undefined)
  const optional = { requiredKeys: ['registry', 'repository'] as ['registry', 'repository'] }
  const references = fc.record(
    {
      registry,
      repository: fc.array(component, { minLength: 2, maxLength: 4 }).map(parts => parts.join('/')),
      tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/),
      digest: fc.constant(digest)
    },
    optional
  )

  test('reads back what formatReference writes', () => {
    fc.assert(
      fc.property(references, reference => expect(parseReference(formatReference(reference))).toEqual(reference))
    )
  })

  const inCapitals = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 })
  const zeros = fc.constantFrom('', '0')

  test('all ways to write a host mean one registry, the one that requests go to', () => {
    fc.assert(
      fc.property(host, inCapitals, zeros, (text, capitals, zero) => {
        const known = registryOf(text)
        const cased = [...text].map((letter, at) => (capitals[at % capitals.length] ? letter.toUpperCase() : letter))
        const [, name = cased.join(''), number = '443'] = /^(.*[^:]):(\d+)$/.exec(cased.join('')) ?? []
        const isRoom = `${zero}${number}`.length <= 5
        const others = [cased.join(''), ...(isRoom ? [`${name}:${zero}${number}`] : [])]
        for (const other of others) expect([other, registryOf(other)]).toEqual([other, known])
        expect(registryOf(known ?? 'none')).toBe(known)
        if (known !== undefined && known !== 'index.docker.io')
          expect(new URL(`https://${known}`).host).toBe(new URL(`https://${text}`).host)
      })
    )
  })

  test('hosts to which requests go apart stay apart', () => {
    const isSame = (one: string, other: string) => new URL(`https://${one}`).host === new URL(`https://${other}`).host
    fc.assert(
      fc.property(host, host, (one, other) => {
        if (registryOf(one) !== registryOf(other) || registryOf(one) === 'index.docker.io') return
        expect(isSame(one, other)).toBe(true)
      })
    )
  })

  test('answers any text with a reference that reads back, or a UserError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          references.map(formatReference),
          fc.string().map(text => `ghcr.io/${text}`)
        ),
        text => {
          try {
            const reference = parseReference(text)
            expect(parseReference(formatReference(reference))).toEqual(reference)
          } catch (error) {
            expect(error).toBeInstanceOf(UserError)
          }
        }
      )
    )
  })
})

test('nameOf is what people write, without tag and digest', () => {
  expect(nameOf(parseReference('debian:12'))).toBe('docker.io/library/debian')
  expect(nameOf(parseReference(`ghcr.io/acme/app:1@${digest}`))).toBe('ghcr.io/acme/app')
})

test('pin leaves the tag behind', () => {
  expect(formatReference(pin(parseReference('ghcr.io/acme/app:1'), digest))).toBe(`ghcr.io/acme/app@${digest}`)
})

test('parseDigest names the step output that is empty', () => {
  expect(parseDigest(digest)).toBe(digest)
  expect(() => parseDigest('')).toThrow('did the step that pushed the image have an output')
  expect(() => parseDigest(`${digest}\n`)).toThrow(UserError)
})

describe('parseImageSource', () => {
  test.each([
    ['oci-layout:out/image dir', { kind: 'oci-layout', path: 'out/image dir' }],
    ['docker-archive:C:\\image.tar', { kind: 'docker-archive', path: 'C:\\image.tar' }],
    ['docker-daemon:app:ci', { kind: 'docker-daemon', name: 'app:ci' }],
    ['docker-daemon:localhost:5000/App', undefined],
    ['docker-daemon:--help', undefined],
    ['docker-daemon:', undefined],
    ['oci-layout:', undefined],
    ['oci-layout:a\nb', undefined],
    ['debian', { kind: 'registry', reference: parseReference('debian') }]
  ])('%j', (entry, source) => {
    if (source === undefined) expect(() => parseImageSource(entry)).toThrow(UserError)
    else expect(parseImageSource(entry)).toEqual(source)
  })
})
