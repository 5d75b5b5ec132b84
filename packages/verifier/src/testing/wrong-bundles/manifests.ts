import { made, section, small, text } from './wrong.ts'
import type { Wrong } from './wrong.ts'

const manifest = (change: (before: string) => string) =>
  made({ changeManifest: (value) => JSON.parse(change(JSON.stringify(value))) as unknown })

/** Manifests that do not say what is in the file. */
export const manifests: readonly Wrong[] = [
  {
    what: 'a log with another member',
    make: manifest((before) => before.replace('{"class":"standard"', '{"also":1,"class":"standard"')),
    includes: 'manifest_log',
  },
  {
    what: 'no logs',
    make: manifest((before) =>
      before.replace(/"logs":\[.*?\}\]/s, '"logs":[]').replace(/"logs":\[\].*?"scope"/s, '"logs":[],"scope"'),
    ),
    includes: 'manifest_log',
  },
  {
    what: 'logs in the wrong order',
    make: manifest((before) => before.replace('"class":"standard"', '"class":"long"')),
    includes: 'manifest_log',
  },
  {
    what: 'one origin twice',
    make: manifest((before) => before.replaceAll('/short"', '/standard"')),
    includes: 'manifest_log',
  },
  {
    what: 'a class that is not known',
    make: manifest((before) => before.replace('"class":"short"', '"class":"forever"')),
    includes: 'manifest_log',
  },
  {
    what: 'ranges that touch',
    make: manifest((before) =>
      before.replace('"complete":[{"from":0,', '"complete":[{"from":0,"to":1},{"from":1,'),
    ),
    includes: 'complete_form',
  },
  {
    what: 'an empty range',
    make: manifest((before) =>
      before.replace('"complete":[{"from":0,"to":11}]', '"complete":[{"from":3,"to":3}]'),
    ),
    includes: 'complete_form',
  },
  {
    what: 'two ranges in a period',
    make: manifest((before) =>
      before.replace('"complete":[{"from":0,', '"complete":[{"from":0,"to":1},{"from":2,'),
    ),
    rules: ['complete_period'],
  },
  {
    what: 'a range that ends early',
    make: manifest((before) => before.replace('"to":11}', '"to":9}')),
    rules: ['complete_period'],
  },
  {
    what: 'a range that begins late',
    make: manifest((before) => before.replace('{"from":0,"to":11}', '{"from":1,"to":11}')),
    rules: ['complete_period'],
  },
  {
    what: 'a range beyond the log',
    make: manifest((before) => before.replace('{"from":0,"to":11}', '{"from":0,"to":12}')),
    includes: 'complete_missing',
  },
  {
    what: 'a receipt left out of a range',
    make: made({
      select: ({ operation, index }: { operation?: string; index: number; class?: string }) =>
        operation !== undefined || index !== 5,
    }),
    includes: 'complete_missing',
  },
  {
    what: 'a count that is not so',
    make: manifest((before) => before.replace('"count":11', '"count":12')),
    rules: ['manifest_count'],
  },
  {
    what: 'a sum that is not so',
    make: manifest((before) => before.replace(/"rows":\d+/, '"rows":999')),
    rules: ['manifest_perf_cost'],
  },
  {
    what: 'a digest that is not so',
    make: manifest((before) =>
      before.replace(/("origin":"[^"]*standard","sha256":")../, '$1zz').replace('zz', '00'),
    ),
    rules: ['manifest_receipts'],
  },
  {
    what: 'version 1 in a file of version 2',
    make: manifest((before) => before.replace('"version":2', '"version":1')),
    includes: 'manifest_version',
  },
  {
    what: 'a release without a version',
    make: small(() => undefined, { scope: { release: 'ioc-triage' } }),
    includes: 'manifest_scope',
  },
  {
    what: 'a package left out',
    make: manifest((before) => before.replace(/"marketplace":\[\{.*?\}\]/, '"marketplace":[]')),
    rules: ['manifest_package_missing'],
  },
  {
    what: 'a manifest exchanged after the export',
    make: section(
      'manifest',
      text((before) => before.replace('"createdAt":1', '"createdAt":2')),
    ),
    rules: ['export_manifest'],
  },
  {
    what: 'a manifest that is no JSON',
    make: section('manifest', () => Buffer.from('nonsense')),
    includes: 'json_invalid',
  },
]
