import { asObject, asString, type JsonObject } from '../lib/json.ts'
import { objectOf } from './pick.ts'
import { parseTime } from './time.ts'

/** Which workflow built something, as whoever signed it says: it is worth as much as that signer is trusted. */
export interface Provenance {
  /** `owner/name` on github.com; on another server the whole address, `https://ghes.example/owner/name`. */
  readonly repository: string
  /** Path of the workflow's file: `.github/workflows/release.yml`. */
  readonly workflow: string
  /** The workflow's ref: `refs/heads/main`. */
  readonly ref: string
  /** Absent where the builder does not say. */
  readonly finishedOn?: Date
}

/**
 * Build types whose tools fill in `externalParameters.workflow` from the claims of GitHub's ID token. That is a convention and no proof: the tool
 * runs in the workflow, and any job with `id-token: write` can sign a predicate of its own with the same build type (actions/attest). Only
 * the certificate's identity, which is checked elsewhere, is GitHub's word.
 */
const V1_TYPES = [
  // actions/attest-build-provenance. Source: actions/toolkit packages/attest/src/provenance.ts.
  'https://actions.github.io/buildtypes/workflow/v1',
  // npm, and actions/toolkit before it had its own. Source: slsa-framework/github-actions-buildtypes workflow/v1.
  'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1'
]

/** Build types in which `invocation.configSource` is the calling workflow. Source: slsa-framework/slsa-github-generator PROVENANCE_FORMAT.md. */
const V02_TYPES = 'https://github.com/slsa-framework/slsa-github-generator/'

const GITHUB = 'https://github.com/'

/**
 * Reads SLSA provenance of GitHub's workflows, version 1 and version 0.2.
 * Formats: https://slsa.dev/spec/v1.0/provenance and https://slsa.dev/spec/v0.2/provenance.
 * @param predicate its signature must be verified already.
 * @throws TypeError with the place, also for a build type that is not known: there the same fields may mean something else.
 */
export function readProvenance(predicate: JsonObject): Provenance {
  return predicate['buildDefinition'] === undefined ? readV02(predicate) : readV1(predicate)
}

function readV1(predicate: JsonObject): Provenance {
  const path = 'buildDefinition'
  const definition = asObject(predicate[path], path)
  const type = asString(definition['buildType'], `${path}.buildType`)
  if (!V1_TYPES.includes(type)) throw unknownType(`${path}.buildType`)
  const parameters = asObject(definition['externalParameters'], `${path}.externalParameters`)
  const place = `${path}.externalParameters.workflow`
  const workflow = asObject(parameters['workflow'], place)
  return {
    repository: repositoryOf(workflow['repository'], `${place}.repository`),
    workflow: required(workflow['path'], `${place}.path`),
    ref: required(workflow['ref'], `${place}.ref`),
    ...finishedOn(
      objectOf(objectOf(predicate['runDetails'])['metadata'])['finishedOn'],
      'runDetails.metadata.finishedOn'
    )
  }
}

function readV02(predicate: JsonObject): Provenance {
  if (!asString(predicate['buildType'], 'buildType').startsWith(V02_TYPES)) throw unknownType('buildType')
  const place = 'invocation.configSource'
  const source = asObject(asObject(predicate['invocation'], 'invocation')['configSource'], place)
  const [, repository, ref] = /^git\+(https:\/\/[^@]+)@(.+)$/.exec(required(source['uri'], `${place}.uri`)) ?? []
  if (repository === undefined || ref === undefined)
    throw new TypeError(`${place}.uri: expected git+https://github.com/owner/name@ref`)
  return {
    repository: repositoryOf(repository, `${place}.uri`),
    workflow: required(source['entryPoint'], `${place}.entryPoint`),
    ref,
    ...finishedOn(objectOf(predicate['metadata'])['buildFinishedOn'], 'metadata.buildFinishedOn')
  }
}

/** Only github.com's repositories go by their short name: the same name on another server is somebody else's. */
function repositoryOf(value: unknown, path: string): string {
  const address = required(value, path)
  if (!/^https:\/\/[^/\s@]+\/[\w.-]+\/[\w.-]+$/.test(address))
    throw new TypeError(`${path}: expected https://github.com/owner/name`)
  return address.startsWith(GITHUB) ? address.slice(GITHUB.length) : address
}

function finishedOn(value: unknown, path: string): Pick<Provenance, 'finishedOn'> {
  return value === undefined || value === null || value === '' ? {} : { finishedOn: parseTime(value, path) }
}

function required(value: unknown, path: string): string {
  const found = asString(value, path)
  if (found === '') throw new TypeError(`${path}: expected a text, found an empty string`)
  return found
}

function unknownType(path: string): TypeError {
  return new TypeError(`${path}: expected a build type of GitHub's workflows, whose fields say which one it was`)
}
