import { createHash } from 'node:crypto'
import { type Answer, failure } from './answer.ts'
import type { Call } from './call.ts'
import { DEFAULT_BRANCH } from './shapes.ts'

/** GitHub breaks the lines of base64 here, and ends the last one too. */
const BASE64_LINE = /.{1,60}/g

/** From here on GitHub sends no content, unless it is asked for the raw file. */
const INLINE_BYTES = 1024 * 1024

/**
 * `repos/get-content`, as file, as list of a folder, or raw where the client takes that. A commit of which a test set no files does not exist.
 * Source: https://docs.github.com/rest/repos/contents#get-repository-content
 */
export function getContent(call: Call): Answer {
  const { repository, params, query, accept } = call
  const ref = String(query['ref'] ?? DEFAULT_BRANCH)
  const files = repository.files[ref]
  if (files === undefined) return failure(404, `No commit found for the ref ${ref}`)
  const path = String(params['path']).replace(/^\/+|\/+$/g, '')
  const content = files[path]
  if (content !== undefined) {
    const bytes = Buffer.from(content)
    if (/[.]raw\b/.test(accept)) return { status: 200, raw: bytes }
    return { status: 200, body: fileShape(path, bytes, ref, call) }
  }
  const names = namesIn(Object.keys(files), path)
  if (names.length === 0) return failure(404, 'Not Found')
  return { status: 200, body: names.map(({ name, type }) => entryShape(name, type, 0, ref, call)) }
}

/** What lies right in a folder, by full path. */
function namesIn(paths: readonly string[], folder: string): { name: string; type: 'file' | 'dir' }[] {
  const prefix = folder === '' ? '' : `${folder}/`
  const below = paths.filter(path => path.startsWith(prefix)).map(path => path.slice(prefix.length))
  const types = new Map(below.map(path => [path.split('/')[0] ?? '', path.includes('/') ? 'dir' : 'file'] as const))
  return [...types].toSorted().map(([name, type]) => ({ name: prefix + name, type }))
}

/** `content-file`. */
function fileShape(path: string, bytes: Buffer, ref: string, call: Call): unknown {
  const inline = bytes.length < INLINE_BYTES
  const base64 = bytes.toString('base64').replace(BASE64_LINE, '$&\n')
  return {
    ...entryShape(path, 'file', bytes.length, ref, call),
    // https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    sha: createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex'),
    content: inline ? base64 : '',
    encoding: inline ? 'base64' : 'none'
  }
}

/** An entry of `content-directory`, and what a file has in common with it. */
function entryShape(path: string, type: 'file' | 'dir', size: number, ref: string, { repository, origin }: Call) {
  const sha = createHash('sha1').update(path).digest('hex')
  const api = `${origin.apiUrl}/repos/${repository.fullName}`
  const file = encodeURI(path)
  const url = `${api}/contents/${file}?ref=${ref}`
  const git = `${api}/git/${type === 'file' ? 'blobs' : 'trees'}/${sha}`
  const html = `${origin.serverUrl}/${repository.fullName}/${type === 'file' ? 'blob' : 'tree'}/${ref}/${file}`
  return {
    type,
    name: path.split('/').at(-1) ?? '',
    path,
    sha,
    size,
    url,
    git_url: git,
    html_url: html,
    download_url: type === 'file' ? `${origin.serverUrl}/${repository.fullName}/raw/${ref}/${file}` : null,
    _links: { self: url, git, html }
  }
}
