import { buildSchema, execute, parse, validate } from 'graphql'
import { isObject } from '../../src/lib/json.ts'
import type { Answer } from './answer.ts'

/**
 * Cut from GitHub's public schema to what the action asks.
 * Source: https://docs.github.com/public/fpt/schema.docs.graphql, `Query.viewer` and `User.login`.
 */
const SCHEMA = buildSchema(`
  type Query { viewer: User! }
  type User { login: String! }
`)

/**
 * Answers `POST /graphql`. GraphQL reports errors with status 200.
 * @param body what was sent.
 * @param login whom the token belongs to.
 * @returns the answer, and what is invalid about the request.
 */
export async function answerGraphql(body: unknown, login: string): Promise<{ answer: Answer; problems: string[] }> {
  const query = isObject(body) && typeof body['query'] === 'string' ? body['query'] : ''
  const problems = problemsOf(query)
  if (problems.length > 0) {
    return { answer: { status: 200, body: { errors: problems.map(message => ({ message })) } }, problems }
  }
  const result = await execute({ schema: SCHEMA, document: parse(query), rootValue: { viewer: { login } } })
  return { answer: { status: 200, body: result }, problems }
}

function problemsOf(query: string): string[] {
  try {
    return validate(SCHEMA, parse(query)).map(error => error.message)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}
