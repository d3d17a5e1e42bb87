/** Variables that any child may have: how to reach the network, which authorities to trust, what Windows itself needs. */
export const COMMON_VARIABLES = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'SystemRoot',
  'SYSTEMROOT'
] as const

/**
 * The environment of a child that is given a home of its own and no program to find: an empty PATH, because cosign hands its environment,
 * the key included, to any `sigstore-kms-*` or `docker-credential-*` that it finds there.
 * @param env the step's own environment, from which only an allow-list is taken.
 */
export function childEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  places: {
    /** An empty directory. */
    readonly emptyPath: string
    /** The child's own: nothing that another child left behind is there. */
    readonly home: string
    readonly dockerConfig: string
  }
): Record<string, string> {
  return {
    ...only(env, COMMON_VARIABLES),
    PATH: places.emptyPath,
    HOME: places.home,
    USERPROFILE: places.home,
    TMPDIR: places.home,
    TMP: places.home,
    TEMP: places.home,
    DOCKER_CONFIG: places.dockerConfig
  }
}

/** Those of `names` that are set in `env`. */
export function only(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[]
): Record<string, string> {
  return Object.fromEntries(names.flatMap(name => (env[name] === undefined ? [] : [[name, env[name]]])))
}
