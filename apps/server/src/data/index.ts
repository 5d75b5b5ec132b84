export { createData } from './create-data.ts'
export type { Data } from './create-data.ts'
