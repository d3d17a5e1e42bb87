import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startService } from '../services/service.ts'
import { tool } from '../toolchain/tools.ts'
import { unmountUnder } from './mounts.ts'

/** The registry that stands in the Dockerfiles' FROM lines. Nobody can own it (RFC 2606), and the builder asks ours instead. */
const REGISTRY_NAME = 'registry.example.com'

/** One image to build. All paths are absolute. */
export interface ImageBuild {
  /** Folder with the Dockerfile and what it copies. */
  readonly context: string
  /** Folder of programs that RUN may mount as /bin. */
  readonly busybox: string
  /** Where the OCI layout goes. */
  readonly layout: string
  readonly platforms: readonly string[]
  /** Seconds since 1970: the image's and the newest file's date. */
  readonly created: number
  /** Whether an index with an attestation of how it was built is made (`mode=max`), or one plain manifest. */
  readonly provenance: boolean
}

/** A running BuildKit. */
export interface BuildKit {
  build(image: ImageBuild): Promise<void>
  /** Ends it and takes off what it mounted, so that its folder can be removed. */
  close(): Promise<void>
}

/**
 * Starts BuildKit on a socket in `folder`, which must not exist; needs the right to mount, and runc.
 * @param registry `HOST:PORT` that answers for registry.example.com.
 */
export async function startBuildKit(folder: string, registry: string): Promise<BuildKit> {
  const temporary = join(folder, 'tmp')
  await mkdir(temporary, { recursive: true })
  const configuration = join(folder, 'buildkitd.toml')
  // https://github.com/moby/buildkit/blob/v0.31.0/docs/buildkitd.toml.md
  await writeFile(
    configuration,
    `[registry."${REGISTRY_NAME}"]\nmirrors = ["${registry}"]\n[registry."${registry}"]\nhttp = true\n`
  )
  const address = `unix://${join(folder, 'buildkitd.sock')}`
  const worker = ['--oci-worker=true', '--containerd-worker=false', '--oci-worker-net=host']
  const service = await startService({
    name: 'buildkitd',
    file: await tool('buildkitd'),
    args: ['--config', configuration, '--addr', address, '--root', join(folder, 'root'), ...worker],
    cwd: folder,
    env: { TMPDIR: temporary }, // it mounts there, too
    ready: /running server on ([^\s"]+)/
  })
  const buildctl = await tool('buildctl')
  const build = async (image: ImageBuild) => {
    await promisify(execFile)(buildctl, ['--addr', address, 'build', '--progress=plain', ...argumentsOf(image)])
  }
  const close = async () => {
    await service.close()
    await unmountUnder(folder)
  }
  return { build, close }
}

/** Arguments of `buildctl build` as Buildx gives them for docker/build-push-action, with dates fixed so that platform manifests stay the same. */
function argumentsOf(image: ImageBuild): string[] {
  const locals = [`context=${image.context}`, `dockerfile=${image.context}`, `busybox=${image.busybox}`]
  const options = [
    `platform=${image.platforms.join(',')}`,
    `build-arg:SOURCE_DATE_EPOCH=${image.created}`,
    'context:busybox=local:busybox',
    ...(image.provenance ? ['attest:provenance=mode=max'] : [])
  ]
  const output = `type=oci,tar=false,dest=${image.layout},oci-mediatypes=true,rewrite-timestamp=true`
  const flags = [...locals.map(local => ['--local', local]), ...options.map(option => ['--opt', option])].flat()
  return ['--frontend', 'dockerfile.v0', '--no-cache', ...flags, '--output', output]
}
