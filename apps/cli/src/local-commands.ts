import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CliIo } from './cli-io.ts'
import { keygenCommand } from './plugin/keygen.ts'
import { packCommand } from './plugin/pack.ts'
import { signCommand } from './plugin/sign.ts'

export interface LocalCommand {
  readonly synopsis: string
  readonly summary: string
  run(argv: readonly string[], io: CliIo): Promise<number>
}

/** Commands of their own, derived from no operation; most need no server. Each explains itself with --help. */
export const localCommands: ReadonlyMap<string, LocalCommand> = new Map<string, LocalCommand>([
  [
    'plugin init',
    {
      synopsis: 'NAME',
      summary: 'Make the folder of a new plugin (no server needed)',
      run: async (argv, io) => (await import('./plugin/init.ts')).initCommand(argv, io),
    },
  ],
  [
    'plugin dev',
    {
      synopsis: '[FOLDER]',
      summary: 'Run a plugin here, again at each change (no server needed)',
      // With the sandbox behind it, which other commands need not wait for.
      run: async (argv, io) => (await import('./plugin/dev.ts')).devCommand(argv, io),
    },
  ],
  [
    'plugin test',
    {
      synopsis: '[FOLDER]',
      summary: "Run a plugin's tests (no server needed)",
      run: async (argv, io) => (await import('./plugin/test.ts')).testCommand(argv, io),
    },
  ],
  [
    'plugin keygen',
    { synopsis: '--out DIR', summary: 'Make a publisher key (no server needed)', run: keygenCommand },
  ],
  [
    'plugin pack',
    { synopsis: 'DIR', summary: 'Pack a folder into a package (no server needed)', run: packCommand },
  ],
  [
    'plugin sign',
    { synopsis: 'FILE --key KEY', summary: 'Sign a package (no server needed)', run: signCommand },
  ],
  [
    'evidence redact',
    {
      synopsis: 'FILE --out FILE',
      summary: 'Close parts of a bundle; it still verifies (no server needed)',
      run: async (argv, io) => (await import('./evidence/redact.ts')).redactCommand(argv, io),
    },
  ],
  [
    'verify',
    {
      synopsis: 'FILE',
      summary: 'Verify a bundle, receipt or package (no server needed)',
      // Loaded when asked for: everybody else need not wait for the verifier.
      run: async (argv, io) => (await import('./verify.ts')).verifyCommand(argv, io),
    },
  ],
  [
    'witness init',
    {
      synopsis: '--state DIR --name NAME',
      summary: 'Make the key of a witness (no server needed)',
      run: async (argv, io) => (await import('./witness/init.ts')).initCommand(argv, io),
    },
  ],
  [
    'witness serve',
    {
      synopsis: '--state DIR --log KEY',
      summary: 'Witness logs of others: cosign what only grew',
      run: async (argv, io) => (await import('./witness/serve.ts')).serveCommand(argv, io),
    },
  ],
  [
    'witness status',
    {
      synopsis: '--state DIR',
      summary: 'What a witness cosigned and refused (no server needed)',
      run: async (argv, io) => (await import('./witness/status.ts')).statusCommand(argv, io),
    },
  ],
  [
    'sign-in',
    {
      synopsis: 'LINK --data DIR',
      summary: 'Use a one-time link up and keep a token',
      run: async (argv, io) => (await import('./sign-in.ts')).signInCommand(argv, io),
    },
  ],
  [
    'console',
    {
      synopsis: '[OPTIONS]',
      summary: 'Print a link that opens the console in a browser',
      run: async (argv, io) => (await import('./console-link.ts')).consoleCommand(argv, io),
    },
  ],
  ['start', { synopsis: '[OPTIONS]', summary: 'Start the server', run: startServer }],
])

const serverMain = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))

function startServer(argv: readonly string[]): Promise<number> {
  // isolated-vm asks for the flag, and it cannot be set later.
  const child = spawn(
    process.execPath,
    ['--no-node-snapshot', '--disable-warning=ExperimentalWarning', serverMain, ...argv],
    {
      stdio: 'inherit',
    },
  )
  // Ctrl+C reaches the server by itself; the command outlives it to hand on how it ended.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 3))
  })
}
