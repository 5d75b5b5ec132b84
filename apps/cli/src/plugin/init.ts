import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { authorTypes, manifestSchemaText, readManifest } from '@switchboard/plugin-sdk'
import { runLocalCommand, UsageError } from './command-io.ts'
import type { CommandEnd, CommandIo, LocalCommand } from './command-io.ts'
import { manifestOf, templateFiles, templates } from './init/template-files.ts'

const init: LocalCommand = {
  help: `switchboard plugin init NAME [--template javascript|typescript] [--json]
switchboard plugin init --types [FOLDER]

Makes the folder NAME with a plugin that runs, its manifest, types for an editor, tests, and a world to try it in.
Overwrites nothing.

  --template T   javascript (default) or typescript
  --types        in an existing folder: write switchboard.d.ts and manifest.schema.json anew, as this version has them
  --json         print one JSON object
`,
  options: { template: { type: 'string' }, types: { type: 'boolean' } },
  positionals: [0, 1],
  async run({ positionals, option, flag }) {
    if (flag('types')) return await writeTypes(positionals[0] ?? '.')
    const [name] = positionals
    if (name === undefined) throw new UsageError('Missing: NAME.')
    const wanted = option('template') ?? 'javascript'
    const template = templates.find((one) => one === wanted)
    if (template === undefined)
      throw new UsageError(`There is no template ${wanted}; there are ${templates.join(' and ')}.`)
    // A name with a slash would also be a path; the rule for names comes before anything is made.
    readManifest(JSON.stringify(manifestOf(name)))
    const files = await templateFiles(name, template)
    await mkdir(name)
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(name, path)), { recursive: true })
      await writeFile(join(name, path), text, { flag: 'wx' })
    }
    return {
      result: { folder: name, template, files: Object.keys(files) },
      lines: [
        `Made ${name}`,
        ...Object.keys(files).map((path) => `  ${path}`),
        'Next:',
        `  switchboard plugin dev ${name}`,
        `  switchboard plugin test ${name}`,
      ],
    }
  },
}

/** @returns the exit code: 0 made, 1 refused, 2 wrongly called */
export function initCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  return runLocalCommand(init, argv, io)
}

async function writeTypes(folder: string): Promise<CommandEnd> {
  const files = { 'switchboard.d.ts': await authorTypes(), 'manifest.schema.json': manifestSchemaText() }
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text)
  return {
    result: { folder, files: Object.keys(files) },
    lines: Object.keys(files).map((path) => `Wrote ${join(folder, path)}`),
  }
}
