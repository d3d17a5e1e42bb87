import { spawn } from 'node:child_process'
import { once } from 'node:events'

const KEPT_ERROR_CHARACTERS = 4000

/** One program to build. */
export interface Build {
  /** Folder of the go.mod and go.sum that pin everything. */
  readonly sources: string
  /** Import path, or `.`. */
  readonly package: string
  readonly linkerFlags: string
  /** Added to this process's environment. */
  readonly env: Readonly<Record<string, string>>
  /** Where the executable goes. */
  readonly target: string
}

/** Builds a static program from the Go module proxy. Throws with the compiler's words, or with one sentence when there is no Go. */
export async function buildWithGo(build: Build): Promise<void> {
  const args = ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', build.linkerFlags]
  // GOTOOLCHAIN=auto lets an older Go fetch the one that go.mod asks for, through the proxy as well.
  const fixed = { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', GOTOOLCHAIN: 'auto', GOOS: '', GOARCH: '' }
  const child = spawn('go', [...args, '-o', build.target, build.package], {
    cwd: build.sources,
    env: { ...process.env, ...fixed, ...build.env },
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const endWithUs = () => child.kill()
  process.once('exit', endWithUs)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-KEPT_ERROR_CHARACTERS)
  })
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    if (code !== 0) throw new Error(`go build ended with ${code ?? signal}:\n${errors.trim()}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Error('Go is not installed. Install Go 1.21 or newer, which builds it from the Go module proxy.')
  } finally {
    process.removeListener('exit', endWithUs)
  }
}
