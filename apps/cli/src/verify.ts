import { createHash } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { verifyBundle, verifyPackage, verifyReceipt } from '@switchboard/verifier'
import type { BundleReport, PackageVerdict, ReceiptReport, Trust } from '@switchboard/verifier'
import { nodeCrypto } from '@switchboard/verifier/node'
import { buildVerifierPage } from '@switchboard/verifier/page'
import { printable, renderReport } from './verify/render-report.ts'
import { readTrust, trustFolder, TrustUnusable } from './verify/read-trust.ts'
import type { TrustRoots } from './verify/read-trust.ts'

const help = `switchboard verify FILE [options]

Verifies an evidence bundle, a receipt or a package (.sbp) from the file alone; no server is asked.
Whom to trust comes from you, never from the file.

  --key KEY              verifier key of the log (name+hash+key), or a file of such keys; repeatable
  --publisher-key FILE   a publisher's public key in PEM, or NAME=FILE; repeatable
  --checkpoint FILE      a checkpoint you saved before: proves that its log only grew since; repeatable
  --witness KEY          verifier key of a witness (name+hash+key), or a file of such keys; repeatable
  --witnesses-needed N   how many of them must have cosigned every checkpoint; 0 when absent
  --strict               exit 3 when something that could have been checked was not
  --json                 print one JSON object
  --page OUT.html        write the page that does the same in a browser, with the network off; without FILE

What --key, --witness or --publisher-key do not name is read from ${trustFolder} (*.vkey, *.witness.vkey, NAME.pem).
Exit codes: 0 green, 1 red, 2 arguments or file unusable, 3 green but not all checked (--strict).
`

const exitCodes = { green: 0, red: 1, unusable: 2, notAllChecked: 3 } as const
const maxFileBytes = 2 ** 30

interface VerifyIo {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

/** The arguments or the file cannot be used; nothing has been verified. */
class Unusable extends Error {}

/**
 * `switchboard verify`. Reads files, asks no server.
 *
 * @param folder where `.switchboard/trust` is looked for.
 * @returns the exit code.
 */
export async function verifyCommand(
  argv: readonly string[],
  io: VerifyIo,
  folder = process.cwd(),
): Promise<number> {
  try {
    const options = parse(argv)
    if (options.help) {
      io.stdout.write(help)
      return exitCodes.green
    }
    if (options.page !== undefined) return await writePage(options.page, options, io)
    return await verify(options, io, folder)
  } catch (error) {
    if (!(error instanceof Unusable) && !(error instanceof TrustUnusable)) throw error
    const json = argv.includes('--json')
    io.stderr.write(
      json ? `${JSON.stringify({ code: 'usage', message: error.message })}\n` : `${error.message}\n`,
    )
    return exitCodes.unusable
  }
}

type Options = ReturnType<typeof parse>

/** The page for whoever has no command: its digest is printed, so that both sides can tell that they have the same one. */
async function writePage(out: string, options: Options, io: VerifyIo): Promise<number> {
  if (options.file !== undefined)
    throw new Unusable('--page writes the page and verifies nothing: leave FILE out.')
  const { html } = await buildVerifierPage()
  try {
    await writeFile(out, html)
  } catch (error) {
    throw new Unusable(`${out} cannot be written: ${error instanceof Error ? error.message : String(error)}`)
  }
  const sha256 = createHash('sha256').update(html).digest('hex')
  const bytes = Buffer.byteLength(html)
  io.stdout.write(
    options.json
      ? toJson({ page: out, bytes, sha256 })
      : `Wrote ${out}: ${bytes.toLocaleString('en')} bytes, SHA-256 ${sha256}\nOpen it in a browser; it loads nothing and sends nothing.\n`,
  )
  return exitCodes.green
}

function parse(argv: readonly string[]) {
  const config = {
    args: [...argv],
    allowPositionals: true,
    options: {
      key: { type: 'string', multiple: true, default: [] as string[] },
      'publisher-key': { type: 'string', multiple: true, default: [] as string[] },
      checkpoint: { type: 'string', multiple: true, default: [] as string[] },
      witness: { type: 'string', multiple: true, default: [] as string[] },
      'witnesses-needed': { type: 'string', default: '0' },
      strict: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      page: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  } as const
  try {
    const { values, positionals } = parseArgs(config)
    const [file] = positionals
    if (positionals.length > 1) throw new Unusable('Name one file to verify.')
    return { ...values, file }
  } catch (error) {
    throw error instanceof Unusable
      ? error
      : new Unusable(error instanceof Error ? error.message : 'Wrong arguments.')
  }
}

async function verify(options: Options, io: VerifyIo, folder: string): Promise<number> {
  const { file } = options
  if (file === undefined) throw new Unusable(`Name a file to verify.\n\n${help}`)
  const bytes = await readLimited(file)
  const trust = await readTrust(
    { keys: options.key, witnesses: options.witness, publisherKeys: options['publisher-key'] },
    folder,
  )
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return verifyPackageFile(bytes, trust, options, io)

  if (trust.logKeys.length === 0) {
    throw new Unusable(
      `No log key: ask the log's operator for its verifier key and give it with --key, or put it in ${trustFolder}/NAME.vkey. A key is never taken from the file.`,
    )
  }
  const witnessesNeeded = Number(options['witnesses-needed'])
  if (!/^[0-9]{1,2}$/.test(options['witnesses-needed']))
    throw new Unusable('--witnesses-needed takes a whole number from 0 to 99.')
  if (witnessesNeeded > trust.witnessKeys.length) {
    throw new Unusable(
      `${witnessesNeeded} witnesses are needed and ${trust.witnessKeys.length} keys of witnesses known: give them with --witness, or put them in ${trustFolder}/NAME.witness.vkey.`,
    )
  }
  const saved = await Promise.all(options.checkpoint.map(readLimited))
  const given: Trust = {
    ...trust,
    savedCheckpoint: saved.map((note) => note.toString('utf8')),
    witnessesNeeded,
    now: Date.now(),
  }
  const isReceipt = bytes.subarray(0, 15).toString('latin1') === '{"checkpoint":"'
  const kind = isReceipt ? 'receipt' : 'bundle'
  const report = isReceipt
    ? await verifyReceipt(bytes, given, nodeCrypto)
    : await verifyBundle(bytes, given, nodeCrypto)
  io.stdout.write(options.json ? toJson({ file, kind, ...report }) : renderReport(report, basename(file)))
  return exitCode(report, options.strict)
}

function exitCode(report: BundleReport | ReceiptReport, strict: boolean): number {
  if (!report.ok) return exitCodes.red
  // What no file of this version could show is no fault of this one.
  const isIncomplete = report.notChecked.some(({ because }) => because !== 'format')
  return strict && isIncomplete ? exitCodes.notAllChecked : exitCodes.green
}

async function verifyPackageFile(
  bytes: Buffer,
  trust: TrustRoots,
  options: Options,
  io: VerifyIo,
): Promise<number> {
  if (trust.publisherKeys.length === 0) {
    throw new Unusable(
      `No publisher key: give it with --publisher-key NAME=FILE, or put it in ${trustFolder}/NAME.pem.`,
    )
  }
  const verdict = await verifyPackage(bytes, { publisherKeys: trust.publisherKeys })
  const file = options.file ?? ''
  io.stdout.write(
    options.json
      ? toJson({ file, kind: 'package', ...describePackage(verdict) })
      : renderPackage(verdict, basename(file)),
  )
  return verdict.ok ? exitCodes.green : exitCodes.red
}

function describePackage(verdict: PackageVerdict): object {
  if (!verdict.ok) return verdict
  const { manifest, digest, publisher, keyId, files } = verdict
  return {
    ok: true,
    name: manifest.name,
    version: manifest.version,
    digest,
    publisher,
    keyId,
    files: files.size,
  }
}

function renderPackage(verdict: PackageVerdict, file: string): string {
  if (!verdict.ok) {
    return `RED  ${printable(file)}: this package must not run.\n\n  ${printable(verdict.where)}  [${verdict.code}]\n    ${printable(verdict.message)}\n`
  }
  const { manifest, digest, publisher, keyId, files } = verdict
  return [
    `GREEN  ${printable(file)}: ${manifest.name} ${manifest.version} by ${printable(publisher)}`,
    '',
    `  signed     by key ${keyId}`,
    `  files      ${files.size}, each with the SHA-256 that the SBOM states, none besides`,
    `  digest     ${digest}`,
    '',
  ].join('\n')
}

async function readLimited(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file)
    if (size > maxFileBytes) throw new Unusable(`${file} has ${size} bytes; 1 GiB is the most that is read.`)
    return await readFile(file)
  } catch (error) {
    if (error instanceof Unusable || !(error instanceof Error)) throw error
    throw new Unusable(`${file} cannot be read: ${error.message}`)
  }
}

function toJson(value: object): string {
  return `${JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))}\n`
}
