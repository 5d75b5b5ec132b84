import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { BundleUnreadable, partNames, redactBundle } from '@switchboard/bundle'
import type { PartName, Redacted, Redaction, Refusal } from '@switchboard/bundle'
import { runLocalCommand, UsageError } from '../plugin/command-io.ts'
import type { CommandCall, CommandEnd, CommandIo, LocalCommand } from '../plugin/command-io.ts'
import { visible } from '../print/format-scalar.ts'

const redact: LocalCommand = {
  help: `switchboard evidence redact FILE --out FILE [options] [--json]

Closes parts of receipts in an evidence bundle, and withholds documents. What was closed stays committed to: the new file
verifies like the old one, and says what it does not show. No server and no key is needed.

  --part PART         actor, subject, policy, place, input or output; of all receipts, or of those named
  --receipts ID,…     receipts to close; all six parts, unless --part says which
  --person USER       every part that names this user id, wherever it is; documents that do have to be withheld as well
  --document NAME     withhold this document; its name and digest stay in the manifest
  --out FILE          where the new bundle goes; the old one is left as it is
  --json              print one JSON object

All but --person and --out may be given several times. Nothing is written unless everything asked for can be closed.
Next: switchboard verify FILE
`,
  options: {
    part: { type: 'string', multiple: true },
    receipts: { type: 'string', multiple: true },
    person: { type: 'string' },
    document: { type: 'string', multiple: true },
    out: { type: 'string' },
  },
  positionals: [1, 1],
  async run(call) {
    const [file = ''] = call.positionals
    const out = call.option('out')
    if (out === undefined) throw new UsageError('--out FILE is missing.')
    if (resolve(out) === resolve(file))
      throw new UsageError('--out names the file itself: give the new one another name.')
    const redaction = redactionOf(call)
    const answer = redacted(await readFile(file), redaction)
    if ('refusals' in answer) return refused(answer.refusals)
    await writeFile(out, answer.bytes, { mode: 0o600 })
    const { parts, receipts, documents, kept } = answer
    return {
      result: { ok: true, file: out, bytes: answer.bytes.length, parts, receipts, documents, kept },
      lines: [
        `${out}: closed ${parts} parts of ${receipts} receipts, withheld ${documents} documents.`,
        ...kept.map((id) => `  ${id} keeps subject and output: a statement needs them.`),
        `Next: switchboard verify ${out}`,
      ],
    }
  },
}

function redactionOf(call: CommandCall): Redaction {
  const parts = call.list('part') ?? []
  for (const part of parts)
    if (!isPart(part)) throw new UsageError(`There is no part ${part}; there are ${partNames.join(', ')}.`)
  const receipts = call.list('receipts') ?? []
  const documents = call.list('document') ?? []
  const person = call.option('person')
  if (person === '') throw new UsageError('--person names a user id.')
  if (parts.length + receipts.length + documents.length === 0 && person === undefined)
    throw new UsageError('Say what to close: --part, --receipts, --person or --document.')
  return { parts: parts.filter(isPart), receipts, documents, ...(person === undefined ? {} : { person }) }
}

function isPart(name: string): name is PartName {
  return partNames.some((each) => each === name)
}

type Refusals = readonly (Omit<Refusal, 'code'> & { readonly code: string })[]

function redacted(
  bytes: Buffer,
  redaction: Redaction,
): Extract<Redacted, { ok: true }> | { refusals: Refusals } {
  try {
    const answer = redactBundle(bytes, redaction)
    return answer.ok ? answer : { refusals: answer.refusals }
  } catch (error) {
    if (!(error instanceof BundleUnreadable)) throw error
    return { refusals: [{ code: 'bundle_unreadable', what: error.where, message: error.message }] }
  }
}

function refused(refusals: Refusals): CommandEnd {
  return {
    result: { ok: false, refusals },
    // Names in a bundle are whatever their authors liked.
    lines: [...refusals.map(({ code, message }) => visible(`${message} (${code})`)), 'Nothing was written.'],
    refused: true,
  }
}

/** @returns the exit code: 0 written, 1 refused, 2 wrongly called */
export function redactCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  return runLocalCommand(redact, argv, io)
}
