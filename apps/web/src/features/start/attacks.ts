/** What hostile-escape tries, in the words of people; each has several attempts in one run. */
export interface EscapeGroup {
  readonly tried: string
  /** What stands in its way, in plain words. */
  readonly blocker: string
  readonly attempts: readonly string[]
}

export const escapeGroups: readonly EscapeGroup[] = [
  {
    tried: 'Read files',
    blocker:
      'A plugin runs in an isolate that has no files: there is nothing by which to name one. What broke out of it would meet the jail around its process, at every level but development.',
    attempts: [
      'fs by require',
      'fs by require with scheme',
      'fs by an import at run time',
      'a file beside the package',
      'an absolute file',
    ],
  },
  {
    tried: 'Read the environment',
    blocker:
      'The isolate has no process and so no environment; secrets stay with the broker and are never given to code.',
    attempts: ['environment', 'process of this realm', 'process by Function'],
  },
  {
    tried: 'Open the network',
    blocker:
      'No name in the isolate leads to a network. Only the broker can ask outside, host by host, once that was granted.',
    attempts: ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'a socket'],
  },
  {
    tried: 'Start a child process',
    blocker:
      'The isolate can start neither processes nor threads. In a jail the kernel refuses new programs to the process around it too.',
    attempts: ['a child process', 'a worker'],
  },
  {
    tried: 'Climb out of the isolate',
    blocker:
      'Everything that a plugin is handed is made inside its own isolate: each constructor it finds leads back into it.',
    attempts: [
      'process by the constructor of api',
      'process by the constructor of a call',
      'process by the constructor of a promise',
      'process by the constructor of an error',
      'process by stack frames',
      'constructors behind async functions',
      'shared memory',
      'WebAssembly',
      'the engine by its own name',
    ],
  },
  {
    tried: 'Ask for what was not granted',
    blocker:
      'Each call is decided by policy in the server, by name: what was not granted is refused there, and each refusal leaves a receipt.',
    attempts: [
      'a case without consent',
      'a case by path',
      'a write without consent',
      'a table without consent',
      'a service without consent',
      'a method that nobody offers',
      'a method of the prototype',
      'a changed api',
      'a reference by a polluted prototype',
    ],
  },
]

/** The ways of hostile-exhaust that are shown, in the order in which they are tried. */
export const exhaustWays = [
  { way: 'loop', tried: 'Loop for ever' },
  { way: 'promise-loop', tried: 'Loop for ever in promises' },
  { way: 'sleep', tried: 'Wait for ever, using nothing' },
  { way: 'memory', tried: 'Fill the memory' },
  { way: 'array-buffer', tried: 'Fill memory that the engine does not count' },
  { way: 'flood', tried: 'Flood the server with calls' },
  { way: 'output', tried: 'Answer a megabyte' },
] as const

export type ExhaustWay = (typeof exhaustWays)[number]['way']

/** By the code of the denial: what ended the run, in plain words. */
const blockers: Readonly<Record<string, string>> = {
  'BudgetExceeded:cpu':
    'The processor time of its process is measured from outside; at its limit the run is ended.',
  'BudgetExceeded:time': 'A clock outside the plugin ends the run; waiting is no way around it.',
  'BudgetExceeded:memory':
    'Memory is limited twice: in the isolate, and for the process by the kernel or a watch on it. The run is ended.',
  'BudgetExceeded:calls': 'The broker counts calls and ends the run at the limit of its manifest.',
  'BudgetExceeded:rows': 'The broker counts rows and ends the run at the limit of its manifest.',
  'BudgetExceeded:output':
    'What it answers is measured before anything keeps it; what is too large is not kept.',
  plugin_threw: 'The engine itself refused it, as it would a mistake; the run ended with that.',
  runner_lost: 'Its process was ended; the next run gets a new one.',
}

export function blockerOf(code: string): string | undefined {
  return blockers[code]
}
