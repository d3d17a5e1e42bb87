import { readDirective } from '../../origin/directives.ts'

/** The image that BuildKit runs to read a Dockerfile: it decides the whole build. */
export interface Frontend {
  /** As the Dockerfile has it. */
  readonly image: string
  /** From 1. */
  readonly line: number
}

/** Docker's own, which reads nearly every Dockerfile that names one. */
const OF_DOCKER = ['docker.io/docker/dockerfile', 'docker.io/docker/dockerfile-upstream']

/**
 * The frontend of a `# syntax=` or `// syntax=` line. (BuildKit also takes JSON with a `syntax`; such a file has no `FROM`, and is no Dockerfile.)
 * Source: moby/buildkit, frontend/dockerfile/parser/directives.go (DetectSyntax).
 * @returns undefined where none is named, so that BuildKit's own is used.
 */
export function frontendOf(text: string): Frontend | undefined {
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  const begin = lines[0]?.startsWith('#!') ? 1 : 0
  return frontendIn(lines, begin, '#') ?? frontendIn(lines, begin, '//')
}

/** @param name `registry/repository`, as `nameOf` gives it. */
export function isDockersFrontend(name: string): boolean {
  return OF_DOCKER.includes(name)
}

function frontendIn(lines: readonly string[], begin: number, comment: string): Frontend | undefined {
  for (const [index, line] of lines.slice(begin).entries()) {
    if (!line.startsWith(comment)) return undefined
    const directive = readDirective(line.slice(comment.length))
    if (directive === undefined) return undefined
    if (directive.name === 'syntax') return { image: directive.value.split(' ')[0] ?? '', line: begin + index + 1 }
  }
  return undefined
}
