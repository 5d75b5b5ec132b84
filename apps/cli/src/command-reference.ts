import { operationCommands } from './commands.ts'
import { exitCodeByCategory, exitCodes } from './exit-codes.ts'
import { commandHelp, commandList } from './help.ts'

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'done',
  refused: 'a local command said no: a package is refused, evidence does not verify',
  usage: 'the command line cannot be understood',
  fault: 'the server cannot be reached, or failed',
  diverged: 'a replay left its recording',
  damaged: 'a recording is no longer what was recorded',
}

/** docs/reference/command.md: what `--help` says, and the exit codes. */
export function commandReferencePage(): string {
  const codes = [
    ...Object.entries(meanings).map(
      ([name, meaning]) => `| ${exitCodes[name as keyof typeof exitCodes]} | ${meaning} |`,
    ),
    ...Object.entries(exitCodeByCategory).map(([category, code]) => `| ${code} | denied: ${category} |`),
  ]
  const commands = [...operationCommands.values()]
    .toSorted((a, b) => (a.cli.command < b.cli.command ? -1 : 1))
    .map((command) => `### switchboard ${command.cli.command}\n\n\`\`\`text\n${commandHelp(command)}\`\`\`\n`)
  return `# The command

<!-- Made from the sources: node tools/reference/write-reference.ts -->

\`npx switchboard …\` in the checkout. It finds server and token by \`--url\` and \`--token\`, by \`SWITCHBOARD_URL\` and
\`SWITCHBOARD_TOKEN\`, or in \`cli.json\` of the data folder (\`--data\`, \`SWITCHBOARD_DATA\`, else \`data\`), which the server
writes at its first start for the person who started it. Answers go to standard output, receipts and refusals to
standard error; \`--json\` prints the answer exactly, and a refusal as one JSON object on standard error.

JSON fields take JSON, \`@FILE\`, or \`-\` for standard input. Long texts may come the same way; a text that begins with @
is written with @@. Lists take several words.

| Exit code | Meaning |
| --- | --- |
${codes.join('\n')}

\`\`\`text
${commandList()}\`\`\`

${commands.join('\n')}`
}
