import type { Answer } from './answer.ts'
import type { Call } from './call.ts'

/**
 * Answers one page of a list, with links to the next and the last one where there are any.
 * Source: https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
 * @param path of the list, without the repository and the query: `/issues`.
 * @param show how GitHub shows one of them.
 */
export function pageOf<T>(
  { repository, origin, query }: Call,
  path: string,
  all: readonly T[],
  show: (item: T) => unknown
): Answer {
  const perPage = Math.min(100, Number(query['per_page'] ?? 30))
  const page = Number(query['page'] ?? 1)
  const last = Math.max(1, Math.ceil(all.length / perPage))
  const link = (number: number, rel: string) => {
    const given = Object.entries(query).map(([name, value]) => [name, String(value)])
    const search = new URLSearchParams({ ...Object.fromEntries(given), per_page: `${perPage}`, page: `${number}` })
    return `<${origin.apiUrl}/repos/${repository.fullName}${path}?${search}>; rel="${rel}"`
  }
  return {
    status: 200,
    body: all.slice((page - 1) * perPage, page * perPage).map(show),
    headers: page < last ? { link: `${link(page + 1, 'next')}, ${link(last, 'last')}` } : {}
  }
}

/** `direction` of a list that GitHub shows newest first unless asked otherwise. */
export function inDirection<T>({ query }: Call, oldestFirst: readonly T[]): readonly T[] {
  return query['direction'] === 'asc' ? oldestFirst : oldestFirst.toReversed()
}
