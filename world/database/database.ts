import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { tarOf } from './archive.ts'
import { contentOf, readAdvisories } from './content.ts'
import { pushArtifact } from './push.ts'

// What Trivy looks for in the artifact: github.com/aquasecurity/trivy, pkg/db/db.go and pkg/oci/artifact.go.
const ARTIFACT_TYPE = 'application/vnd.aquasec.trivy.config.v1+json'
const LAYER_TYPE = 'application/vnd.aquasec.trivy.db.layer.v1.tar+gzip'
const FILE_NAME = 'db.tar.gz'

/** What a database is built of. */
export interface DatabaseBuild {
  /** Absolute path of the program built from world/tools/database. */
  readonly program: string
  /** Where the files go; made when it does not exist. */
  readonly directory: string
  /** The time that the data claims to be of. Trivy calls it out of date 24 hours later. */
  readonly updatedAt: Date
}

/** The files of a database as Trivy keeps them in `<cache>/db`, as absolute paths. */
export interface DatabaseFiles {
  readonly database: string
  readonly metadata: string
}

/** Where a database is pushed to. */
export interface DatabasePush {
  /** `HOST:PORT` of a registry without TLS or password. */
  readonly registry: string
  /** Where buildDatabase has put the files. */
  readonly directory: string
  /** `aquasecurity/trivy-db` where absent. */
  readonly repository?: string
}

/** Builds Trivy's vulnerability database from world/database/advisories. Throws with the program's words when it fails. */
export async function buildDatabase({ program, directory, updatedAt }: DatabaseBuild): Promise<DatabaseFiles> {
  await mkdir(directory, { recursive: true })
  const content = JSON.stringify(contentOf(await readAdvisories()))
  await runWithInput(program, ['-output', directory, '-updated-at', updatedAt.toISOString()], content)
  return filesIn(directory)
}

/** Pushes a built database as the OCI artifact that Trivy downloads and gives its reference, for `--db-repository`. */
export async function pushDatabase(push: DatabasePush): Promise<string> {
  const { registry, directory, repository = 'aquasecurity/trivy-db' } = push
  const { database, metadata } = filesIn(directory)
  const archive = tarOf({ 'trivy.db': await readFile(database), 'metadata.json': await readFile(metadata) })
  const layer = { type: LAYER_TYPE, name: FILE_NAME, content: gzipSync(archive, { level: 1 }) }
  // 2 is the schema's version, and the tag that Trivy asks for.
  return pushArtifact({ registry, repository, tag: '2', artifactType: ARTIFACT_TYPE, layer })
}

function filesIn(directory: string): DatabaseFiles {
  return { database: join(directory, 'trivy.db'), metadata: join(directory, 'metadata.json') }
}

async function runWithInput(file: string, args: readonly string[], input: string): Promise<void> {
  const child = spawn(file, args, { stdio: ['pipe', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the database program ended with ${code}: ${errors.trim()}`)
}
