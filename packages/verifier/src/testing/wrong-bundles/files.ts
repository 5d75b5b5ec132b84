import { deflateRawSync } from 'node:zlib'
import { changeBytes, changeLayout, readSections, replaceLayout, withLayout } from '../change-file.ts'
import type { FileSection } from '../change-file.ts'
import { everyFeature } from '../every-feature.ts'
import { file, made } from './wrong.ts'
import type { Wrong } from './wrong.ts'

/** A file whose form is wrong: magic, layout, sections, their bytes. */
export const files: readonly Wrong[] = [
  { what: 'the first byte of the magic changed', make: () => file.with(0, 0), rules: ['file_magic'] },
  { what: 'another version in the magic', make: () => file.with(7, 3), rules: ['file_magic'] },
  { what: 'another version at the end', make: () => file.with(-1, 3), rules: ['file_magic'] },
  { what: 'the magic alone', make: () => file.subarray(0, 8), rules: ['file_magic'] },
  {
    what: 'both magics and nothing between',
    make: () => Buffer.concat([file.subarray(0, 8), file.subarray(0, 8)]),
    rules: ['file_magic'],
  },
  {
    what: 'a layout longer than the file',
    make: () => {
      const bytes = Buffer.from(file)
      bytes.writeUInt32BE(0xffff_ffff, bytes.length - 12)
      return bytes
    },
    rules: ['file_layout'],
  },
  { what: 'a layout that is no JSON', make: () => replaceLayout(file, '{'), rules: ['json_invalid'] },
  {
    what: 'a layout with a member twice',
    make: () => replaceLayout(file, '{"sections":[],"sections":[]}'),
    rules: ['json_duplicate_key'],
  },
  {
    what: 'a layout with white space',
    make: () => replaceLayout(file, '{"sections": []}'),
    rules: ['json_not_canonical'],
  },
  {
    what: 'a layout nested a hundred deep',
    make: () => replaceLayout(file, '['.repeat(100)),
    rules: ['json_too_deep'],
  },
  {
    what: 'a layout nested a million deep',
    make: () => replaceLayout(file, '['.repeat(1_000_000)),
    rules: ['json_too_deep'],
  },
  { what: 'a layout that is a list', make: () => replaceLayout(file, '[]'), rules: ['line_shape'] },
  {
    what: 'a layout of no sections, over bytes that are there',
    make: () => replaceLayout(file, '{"sections":[]}'),
    rules: ['file_layout'],
  },
  {
    what: 'a section without a digest',
    make: () =>
      changeLayout(
        file,
        everySection((each) => delete (each as Partial<FileSection>).sha256),
      ),
    rules: ['file_layout'],
  },
  {
    what: 'an encoding that is not known',
    make: () => changeLayout(file, ([, first]) => void Object.assign(first ?? {}, { encoding: 'brotli' })),
    rules: ['file_layout'],
  },
  {
    what: 'lengths that reach into the layout',
    make: () =>
      changeLayout(
        file,
        everySection((each) => {
          each.bytes += 1
          if (each.encoding === 'stored') each.raw += 1
        }),
      ),
    rules: ['file_layout'],
  },
  {
    what: 'a negative length',
    make: () => changeLayout(file, ([first]) => void Object.assign(first ?? {}, { bytes: -1 })),
    rules: ['file_layout'],
  },
  {
    what: 'a stored section that announces more than it has',
    make: () =>
      changeLayout(
        file,
        everySection((each) => {
          if (each.name === 'export') each.raw += 1
        }),
      ),
    rules: ['file_layout'],
  },
  {
    what: 'a deflated section that announces a gigabyte',
    make: () =>
      changeLayout(
        file,
        everySection((each) => {
          if (each.encoding === 'deflate') each.raw = 2 ** 30
        }),
      ),
    rules: ['file_deflate'],
  },
  {
    what: 'a deflated section that announces one byte more',
    make: () =>
      changeLayout(file, (all) => {
        const packed = all.find(({ encoding }) => encoding === 'deflate')
        if (packed) packed.raw += 1
      }),
    includes: 'file_deflate',
  },
  {
    what: 'a byte behind the end of a deflated stream',
    make: () => changeBytes(file, 'document/0', (bytes) => Buffer.concat([bytes, Buffer.of(0)])),
    includes: 'file_deflate',
  },
  {
    what: 'a deflated stream that is no stream',
    make: () => changeBytes(file, 'document/0', (bytes) => bytes.fill(255)),
    includes: 'file_deflate',
  },
  {
    what: 'a stream that inflates to a thousand times what is announced',
    make: () => changeBytes(file, 'document/0', () => deflateRawSync(Buffer.alloc(10_000_000))),
    includes: 'file_deflate',
  },
  {
    what: 'a bit turned in a section',
    make: () => changeBytes(file, 'group/0/fixed', (bytes) => bytes.fill(1, 0, 1)),
    includes: 'file_digest',
  },
  {
    what: 'sections that announce more than four gigabytes together',
    make: () => {
      const sections = [
        {
          bytes: 4_500_000,
          encoding: 'deflate',
          name: 'manifest',
          raw: 4_500_000 * 1_000,
          sha256: '0'.repeat(64),
        },
      ]
      return withLayout(
        Buffer.concat([file.subarray(0, 8), Buffer.alloc(4_500_000)]),
        JSON.stringify({ sections }),
      )
    },
    includes: 'file_too_large',
  },
  {
    what: 'a file of more than a gigabyte',
    make: () => {
      // Nobody touches the pages between; they are not there.
      const bytes = new Uint8Array(2 ** 30 + 1)
      bytes.set(file.subarray(0, 8))
      return bytes
    },
    rules: ['file_too_large'],
  },
  {
    what: 'a section left out',
    make: made({ changeSections: (all) => all.filter(({ name }) => name !== 'group/0/check') }),
    includes: 'file_section',
  },
  {
    what: 'a section twice',
    make: made({
      changeSections: (all) => all.flatMap((each) => (each.name === 'export' ? [each, each] : [each])),
    }),
    includes: 'file_section',
  },
  {
    what: 'two sections exchanged',
    make: made({ changeSections: (all) => [...all.slice(0, -2), ...all.slice(-2).toReversed()] }),
    includes: 'file_section',
  },
  {
    what: 'no groups',
    make: made({ changeSections: (all) => all.filter(({ name }) => !name.startsWith('group/')) }),
    includes: 'manifest_count',
  },
  {
    what: 'groups in another order',
    make: made({
      changeSections: (all) =>
        all.map((each) => ({
          ...each,
          name: each.name.replace(/^group\/([01])/, (_, g) => `group/${1 - Number(g)}`),
        })),
    }),
    includes: 'file_section',
  },
  {
    what: 'a document behind the last',
    make: made({
      changeSections: (all) =>
        all.flatMap((each) =>
          each.name === 'export' ? [{ name: 'document/9', raw: Buffer.of(1) }, each] : [each],
        ),
    }),
    includes: 'document_count',
  },
  {
    what: 'nothing but an export',
    make: made({ changeSections: (all) => all.filter(({ name }) => name === 'export') }),
    includes: 'manifest_missing',
  },
  {
    what: 'groups of another bundle of the same logs',
    make: () => mixed(/^group\//),
    includes: 'manifest_receipts',
  },
  { what: 'the trailer of another bundle', make: () => mixed(/^trailer$/), includes: 'proof_length' },
  { what: 'the export of another bundle', make: () => mixed(/^export$/), includes: 'export_manifest' },
  {
    what: 'a manifest that is deflated',
    make: () =>
      changeLayout(
        changeBytes(file, 'manifest', (bytes) => deflateRawSync(bytes)),
        everySection((each) => {
          if (each.name === 'manifest') each.encoding = 'deflate'
        }),
      ),
    includes: 'file_section',
  },
]

const everySection =
  (change: (section: FileSection) => unknown) =>
  (all: readonly FileSection[]): void => {
    for (const each of all) change(each)
  }

/** This bundle, with some sections of one that was made of more. */
function mixed(names: RegExp): Uint8Array {
  const { logs, bundle } = everyFeature()
  const first = readSections(bundle.bytes)
  logs.record({ operation: 'case.read' })
  const second = readSections(logs.bundle().bytes)
  return everyFeature({
    changeSections: () =>
      first.map((each) =>
        names.test(each.name) ? (second.find(({ name }) => name === each.name) ?? each) : each,
      ),
  }).bundle.bytes
}
