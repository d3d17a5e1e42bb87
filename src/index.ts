export { main } from './main.ts'
export { verify } from './verify.ts'
