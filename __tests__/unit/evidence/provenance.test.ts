import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readProvenance } from '../../../src/evidence/provenance.ts'

/** As actions/attest-build-provenance writes it. */
function v1(workflow: unknown = {}, overrides: Record<string, unknown> = {}) {
  const named = {
    ref: 'refs/heads/main',
    repository: 'https://github.com/acme/app',
    path: '.github/workflows/release.yml'
  }
  return {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: {
        workflow: typeof workflow === 'object' && workflow !== null ? { ...named, ...workflow } : workflow
      },
      internalParameters: { github: { event_name: 'push' } },
      ...overrides
    },
    runDetails: {
      builder: { id: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main' },
      metadata: { invocationId: 'https://github.com/acme/app/actions/runs/1/attempts/1' }
    }
  }
}

/** As slsa-github-generator writes it for containers. */
function v02(configSource: Record<string, unknown> = {}, overrides: Record<string, unknown> = {}) {
  return {
    builder: {
      id: 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v2.1.0'
    },
    buildType: 'https://github.com/slsa-framework/slsa-github-generator/container@v1',
    invocation: {
      configSource: {
        uri: 'git+https://github.com/acme/app@refs/tags/v1@2',
        entryPoint: '.github/workflows/release.yml',
        ...configSource
      }
    },
    metadata: { buildFinishedOn: '2026-11-20T09:30:00Z' },
    ...overrides
  }
}

describe('provenance of a workflow', () => {
  test('says which one it was', () => {
    expect(readProvenance(v1())).toEqual({
      repository: 'acme/app',
      workflow: '.github/workflows/release.yml',
      ref: 'refs/heads/main'
    })
    expect(readProvenance(v02())).toEqual({
      repository: 'acme/app',
      workflow: '.github/workflows/release.yml',
      ref: 'refs/tags/v1@2',
      finishedOn: new Date('2026-11-20T09:30:00Z')
    })
  })

  test('says when it ended, where the builder does', () => {
    const predicate = { ...v1(), runDetails: { metadata: { finishedOn: '2026-11-20T09:30:00Z' } } }
    expect(readProvenance(predicate).finishedOn).toEqual(new Date('2026-11-20T09:30:00Z'))
  })

  test('of another server keeps its address: the same name there is somebody else', () => {
    expect(readProvenance(v1({ repository: 'https://ghes.example/acme/app' })).repository).toBe(
      'https://ghes.example/acme/app'
    )
    expect(readProvenance(v1({ repository: 'https://github.com.evil.example/acme/app' })).repository).toBe(
      'https://github.com.evil.example/acme/app'
    )
  })
})

describe('what is not understood is an error', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['nothing', {}, 'buildType: expected a string'],
    [
      'another build type',
      v1({}, { buildType: 'https://mobyproject.org/buildkit@v1' }),
      'buildDefinition.buildType: expected a build type'
    ],
    [
      'another build type of version 0.2',
      v02({}, { buildType: 'https://mobyproject.org/buildkit@v1' }),
      'buildType: expected a build type'
    ],
    ['no workflow', v1('x'), 'buildDefinition.externalParameters.workflow: expected an object'],
    ['no repository', v1({ repository: '' }), 'workflow.repository: expected a text'],
    ['a short repository', v1({ repository: 'acme/app' }), 'workflow.repository: expected https://'],
    [
      'a repository behind a login',
      v1({ repository: 'https://github.com@evil.example/acme/app' }),
      'workflow.repository: expected https://'
    ],
    [
      'a longer path',
      v1({ repository: 'https://github.com/acme/app/../../other/repo' }),
      'workflow.repository: expected https://'
    ],
    ['no path', v1({ path: null }), 'workflow.path: expected a string'],
    ['no ref', v1({ ref: '' }), 'workflow.ref: expected a text'],
    [
      'a source without ref',
      v02({ uri: 'git+https://github.com/acme/app' }),
      'configSource.uri: expected git+https://'
    ],
    ['another source', v02({ uri: 'https://example.com/x@y' }), 'configSource.uri: expected git+https://'],
    ['an odd time', v02({}, { metadata: { buildFinishedOn: 'x' } }), 'metadata.buildFinishedOn: expected a time']
  ])('%s', (_, predicate, message) => {
    expect(() => readProvenance(predicate)).toThrow(TypeError)
    expect(() => readProvenance(predicate)).toThrow(message)
  })

  test('and any JSON is read or a TypeError', () => {
    const keys = fc.constantFrom('buildDefinition', 'buildType', 'invocation', 'runDetails', 'externalParameters')
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue({ maxDepth: 4 })), json => {
        expect(() => readProvenance(json)).toThrow(TypeError)
      })
    )
  })
})
