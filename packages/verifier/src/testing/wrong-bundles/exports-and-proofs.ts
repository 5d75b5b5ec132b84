import { made, root, section, text, trailer, witnessLine } from './wrong.ts'
import type { Wrong } from './wrong.ts'

const signatureLine = /(\u2014 log\.example [A-Za-z0-9+/=]+\\n)/

/** Exports and proofs that lead to no root, or to another. */
export const exportsAndProofs: readonly Wrong[] = [
  {
    what: 'an export without a log',
    make: section(
      'export',
      text((before) => before.replace(/"log":\d,/, '')),
    ),
    includes: 'line_shape',
  },
  {
    what: 'an export of a log that is not there',
    make: section(
      'export',
      text((before) => before.replace(/"log":\d/, '"log":7')),
    ),
    includes: 'line_shape',
  },
  {
    what: 'an export of another log',
    make: section(
      'export',
      text((before) => before.replace(/"log":\d/, '"log":0')),
    ),
    includes: 'entry_class',
  },
  {
    what: 'an export whose output is not opened',
    make: section(
      'export',
      text((before) => before.replace(/"output":\{.*?\}\},/, '')),
    ),
    rules: ['export_redacted'],
  },
  {
    what: 'an export before the last receipt',
    make: section(
      'export',
      text((before) => before.replace(/"index":\d+/, '"index":0')),
    ),
    includes: 'index_order',
  },
  {
    what: 'no trailer to speak of',
    make: section('trailer', () => Buffer.from('{}')),
    includes: 'trailer_missing',
  },
  {
    what: 'a trailer of fewer logs',
    make: made({ changeTrailer: (value) => ({ ...value, logs: (value['logs'] as object[]).slice(1) }) }),
    includes: 'trailer_missing',
  },
  {
    what: 'checkpoints and proofs of other logs',
    make: made({ changeTrailer: (value) => ({ ...value, logs: (value['logs'] as object[]).toReversed() }) }),
    includes: 'checkpoint_origin',
  },
  {
    what: 'a proof with a hash too many',
    make: trailer((before) => before.replace('"proof":[]', `"proof":["${root}"]`)),
    includes: 'proof_length',
  },
  {
    what: 'a proof that is no base64',
    make: trailer((before) => before.replaceAll('"proof":[]', '"proof":["!"]')),
    includes: 'proof_base64',
  },
  {
    what: 'a checkpoint of size 0',
    make: trailer((before) => before.replace('standard\\n11\\n', 'standard\\n0\\n')),
    includes: 'checkpoint_form',
  },
  {
    what: 'a checkpoint of another size',
    make: trailer((before) => before.replace('standard\\n11\\n', 'standard\\n12\\n')),
    includes: 'checkpoint_signature',
  },
  {
    what: 'a checkpoint smaller than its indices',
    make: trailer((before) => before.replace('standard\\n11\\n', 'standard\\n9\\n')),
    includes: 'proof_index',
  },
  {
    what: 'a checkpoint with an extension line',
    make: trailer((before) => before.replace('standard\\n11\\n', 'standard\\n11\\nmore\\n')),
    includes: 'checkpoint_form',
  },
  {
    what: 'a checkpoint signed by nobody first',
    make: trailer((before) => before.replace(signatureLine, '')),
    includes: 'checkpoint_form',
  },
  {
    what: "the log's own signature twice",
    make: trailer((before) => before.replace(signatureLine, '$1$1')),
    includes: 'cosignature_form',
  },
  {
    what: 'a cosignature twice',
    make: trailer((before) => before.replace(witnessLine, '$1$1')),
    includes: 'checkpoint_duplicate',
  },
  {
    what: 'a key whose name is no beginning of the origin',
    make: trailer((before) => before.replaceAll('\u2014 log.example ', '\u2014 log.exam ')),
    includes: 'checkpoint_form',
  },
  {
    what: 'a history that starts with size 0',
    make: trailer((before) => before.replace('"size":4', '"size":0')),
    includes: 'history_shape',
  },
  {
    what: 'a history of another root',
    make: trailer((before) => before.replace(/"root":"[^"]*","size":4/, `"root":"${root}","size":4`)),
    rules: ['history_proof'],
  },
]
