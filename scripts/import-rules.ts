import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { DOORS, IMPURE_IMPORT, IMPURE_WORD, ONE_USER, PURE_FILES, ROOMS } from './rooms.ts'

/** One import statement. */
interface Import {
  readonly from: string
  /** True for `import type …`, which leaves nothing in the code. */
  readonly typeOnly: boolean
}

/**
 * Every breach of the rules in rooms.ts, as `file: what is wrong`.
 * @param root the src folder.
 */
export function findBreaches(root: string): string[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map(file => file.replaceAll('\\', '/'))
    .filter(file => file.endsWith('.ts'))
  const missing = [...PURE_FILES, ...DOORS.flatMap(door => door.files), ...Object.values(ONE_USER)].filter(
    file => !files.includes(file)
  )
  return [
    ...missing.map(file => `${file}: rooms.ts names it, but it is not there`),
    ...files
      .sort()
      .flatMap(file => breachesOf(file, readFileSync(join(root, file), 'utf8')).map(breach => `${file}: ${breach}`))
  ]
}

/** The breaches of one file. @param file relative to src, with slashes. */
export function breachesOf(file: string, source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '')
  const imports = importsOf(code)
  const room = file.includes('/') ? (file.split('/')[0] as string) : undefined
  return [
    ...(room === undefined ? [] : roomBreaches(file, room, imports)),
    ...doorBreaches(file, imports),
    ...wordBreaches(file, code),
    ...(PURE_FILES.includes(file) || (room !== undefined && ROOMS[room]?.pure) ? purityBreaches(imports, code) : [])
  ]
}

function roomBreaches(file: string, room: string, imports: readonly Import[]): string[] {
  const allowed = ROOMS[room]?.imports
  if (allowed === undefined) return [`the room ${room} is not in rooms.ts`]
  const targets = imports
    .filter(({ from }) => from.startsWith('.'))
    .map(({ from }) => posix.join(posix.dirname(file), from).split('/')[0] as string)
  return [...new Set(targets)]
    .filter(target => target !== room && !allowed.includes(target))
    .map(target => `${room} may not import ${target}`)
}

function doorBreaches(file: string, imports: readonly Import[]): string[] {
  return imports.flatMap(({ from, typeOnly }) => {
    const door = DOORS.find(({ what }) => what.test(from))
    return typeOnly || door === undefined || door.files.includes(file)
      ? []
      : [`${from} has its door in ${door.files.join(', ') || 'no file'}`]
  })
}

function wordBreaches(file: string, code: string): string[] {
  return Object.entries(ONE_USER)
    .filter(([name, user]) => file !== user && new RegExp(`\\b${name}\\(`).test(code))
    .map(([name, user]) => `${name} is called in ${user} only`)
}

function purityBreaches(imports: readonly Import[], code: string): string[] {
  const word = IMPURE_WORD.exec(code)
  return [
    ...imports
      .filter(({ from, typeOnly }) => !typeOnly && IMPURE_IMPORT.test(from))
      .map(({ from }) => `it is pure and may not import ${from}`),
    ...(word === null ? [] : [`it is pure and may not use ${word[0]}`])
  ]
}

function importsOf(code: string): Import[] {
  const statements = [
    ...code.matchAll(
      /^\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]/gm
    )
  ]
  const dynamic = [...code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)]
  return [
    ...statements.map(match => ({ from: match[2] ?? match[3] ?? '', typeOnly: match[1] !== undefined })),
    ...dynamic.map(match => ({ from: match[1] ?? '', typeOnly: false }))
  ]
}
