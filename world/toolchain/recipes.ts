/** How a tool is built from the Go module proxy, with the go.mod and go.sum of its folder. */
export interface Recipe {
  /** Its folder in world/tools and in the cache. */
  readonly folder: string
  readonly binary: string
  /** The module whose required version is the tool's version. */
  readonly module: string
  /** The package to build; `.` for a program of ours, whose sources are then part of its version. */
  readonly package: string
  /** Where the linker writes the version, which release builds do and plain ones do not. */
  readonly versionVariable?: string
  readonly versionPrefix?: string
  readonly env?: Readonly<Record<string, string>>
  /** Measured on two cores with an empty module cache. */
  readonly buildTime: string
  /** Whether the action's own manifest pins a release of it. */
  readonly released?: 'cosign' | 'trivy'
}

const GGCR = 'github.com/google/go-containerregistry'
const BUILDKIT = 'github.com/moby/buildkit'
const REKOR = 'github.com/sigstore/rekor-tiles/v2'

/** The recipe of every tool. */
export const RECIPES = {
  cosign: {
    folder: 'cosign',
    binary: 'cosign',
    module: 'github.com/sigstore/cosign/v3',
    package: 'github.com/sigstore/cosign/v3/cmd/cosign',
    versionVariable: 'sigs.k8s.io/release-utils/version.gitVersion',
    versionPrefix: 'v',
    buildTime: 'about 4 minutes',
    released: 'cosign'
  },
  trivy: {
    folder: 'trivy',
    binary: 'trivy',
    module: 'github.com/aquasecurity/trivy',
    package: 'github.com/aquasecurity/trivy/cmd/trivy',
    versionVariable: 'github.com/aquasecurity/trivy/pkg/version/app.ver',
    env: { GOEXPERIMENT: 'jsonv2' },
    buildTime: 'about 8 minutes',
    released: 'trivy'
  },
  crane: {
    folder: 'crane',
    binary: 'crane',
    module: GGCR,
    package: `${GGCR}/cmd/crane`,
    buildTime: 'about 30 seconds'
  },
  registry: { folder: 'registry', binary: 'registry', module: GGCR, package: '.', buildTime: 'about 10 seconds' },
  distribution: {
    folder: 'distribution',
    binary: 'registry',
    module: 'github.com/distribution/distribution/v3',
    package: 'github.com/distribution/distribution/v3/cmd/registry',
    buildTime: 'about 90 seconds'
  },
  buildkitd: {
    folder: 'buildkit',
    binary: 'buildkitd',
    module: BUILDKIT,
    package: `${BUILDKIT}/cmd/buildkitd`,
    buildTime: 'about 2 minutes'
  },
  buildctl: {
    folder: 'buildkit',
    binary: 'buildctl',
    module: BUILDKIT,
    package: `${BUILDKIT}/cmd/buildctl`,
    buildTime: 'about 1 minute'
  },
  actionlint: {
    folder: 'actionlint',
    binary: 'actionlint',
    module: 'github.com/rhysd/actionlint',
    package: 'github.com/rhysd/actionlint/cmd/actionlint',
    buildTime: 'about 10 seconds'
  },
  database: {
    folder: 'database',
    binary: 'database',
    module: 'go.etcd.io/bbolt',
    package: '.',
    buildTime: 'about 10 seconds'
  },
  rekor: {
    folder: 'rekor',
    binary: 'rekor-server',
    module: REKOR,
    package: `${REKOR}/cmd/rekor-server/posix`,
    buildTime: 'about 90 seconds'
  },
  fulcio: {
    folder: 'fulcio',
    binary: 'fulcio',
    module: 'github.com/sigstore/fulcio',
    package: 'github.com/sigstore/fulcio',
    buildTime: 'about 80 seconds'
  },
  timestamp: {
    folder: 'timestamp',
    binary: 'timestamp-server',
    module: 'github.com/sigstore/timestamp-authority/v2',
    package: '.',
    buildTime: 'about 70 seconds'
  },
  'ct-log': {
    folder: 'ct-log',
    binary: 'ct-log',
    module: 'github.com/google/certificate-transparency-go',
    package: '.',
    buildTime: 'about 10 seconds'
  }
} as const satisfies Record<string, Recipe>
