import { appendFileSync } from 'node:fs'

console.log('first, on standard output')
console.error('second, on standard error')
console.log('third, on standard output')
appendFileSync(process.env.GITHUB_OUTPUT, `environment=${JSON.stringify(process.env)}\n`)
