export { runCli } from './run-cli.ts'
export type { CliIo } from './cli-io.ts'
export { commandReferencePage } from './command-reference.ts'
