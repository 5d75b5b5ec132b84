export { subjectOperations } from './subject-operations.ts'
