import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const marketplaceDenials = {
  package_unknown: denial<{ package: string; version?: string }>({
    category: 'not_found',
    example: { package: 'ioc-triage', version: '9.9.9' },
    message: (p) => `The catalogue has no ${p.package}${p.version === undefined ? '' : ` ${p.version}`}.`,
    change: () =>
      'List what there is: switchboard plugin list, or add a package: switchboard plugin add FILE',
  }),
  package_refused: denial<{ reason: string; where: string; detail: string }>({
    category: 'invalid',
    example: {
      reason: 'file_altered',
      where: 'index.js',
      detail: 'SHA-256 differs from the one in the SBOM',
    },
    message: (p) => `The package does not verify (${p.reason}) at ${p.where}: ${p.detail}`,
    change: () => 'Get the package from its publisher again; nothing of this file was kept.',
  }),
  signer_unknown: denial<{ keyId: string }>({
    category: 'forbidden',
    example: { keyId: '9f86d081884c7d65' },
    message: (p) => `Signer ${p.keyId} is not a pinned publisher.`,
    change: () =>
      'After checking the key with its owner, an administrator can pin it: switchboard publisher trust',
  }),
  version_taken: denial<{ package: string; version: string; digest: string }>({
    category: 'conflict',
    example: { package: 'ioc-triage', version: '1.0.0', digest: '9f86…' },
    message: (p) => `${p.package} ${p.version} is in the catalogue with other content (${p.digest}).`,
    change: () => 'A published version never changes; raise the version in the manifest.',
  }),
  publisher_changed: denial<{ package: string; publisher: string }>({
    category: 'forbidden',
    example: { package: 'ioc-triage', publisher: 'Acme' },
    message: (p) => `The name ${p.package} belongs to publisher ${p.publisher}.`,
    change: () => 'Choose another package name, or have the first publisher sign.',
  }),
  not_installed: denial<{ package: string }>({
    category: 'not_found',
    example: { package: 'ioc-triage' },
    message: (p) => `${p.package} is not installed in your organisation.`,
    change: (p) => `An administrator can install it: switchboard plugin install ${p.package}`,
  }),
  already_installed: denial<{ package: string; version: string }>({
    category: 'conflict',
    example: { package: 'ioc-triage', version: '1.0.0' },
    message: (p) => `${p.package} is installed at ${p.version}.`,
    change: (p) => `Uninstall it first: switchboard plugin uninstall ${p.package}`,
  }),
  capability_undeclared: denial<{ package: string; capability: string }>({
    category: 'invalid',
    example: { package: 'ioc-triage', capability: 'net:example.org' },
    message: (p) => `${p.package} does not name ${p.capability} in its manifest, so it can never be granted.`,
    change: (p) => `Grant one of those that switchboard plugin detail ${p.package} lists.`,
  }),
  publisher_exists: denial<{ publisher: string; keyId: string }>({
    category: 'conflict',
    example: { publisher: 'Acme', keyId: '9f86d081884c7d65' },
    message: (p) => `Publisher ${p.publisher} is pinned already with key ${p.keyId}.`,
    change: () => 'Nothing to do; a key change needs continuity, which comes with publishing.',
  }),
  key_invalid: denial<{ rule: string }>({
    category: 'invalid',
    example: { rule: 'must be an ECDSA P-256 public key in PEM (SPKI)' },
    message: (p) => `The publisher key ${p.rule}.`,
    change: () => 'Make one with: switchboard plugin keygen',
  }),
  publisher_unknown: denial<{ publisher: string }>({
    category: 'not_found',
    example: { publisher: 'Acme' },
    message: (p) => `Publisher ${p.publisher} is not pinned in your organisation.`,
    change: () => 'List them: switchboard publisher list, or pin its key: switchboard publisher trust',
  }),
  review_digest_differs: denial<{ package: string; version: string; digest: string; read: string }>({
    category: 'conflict',
    example: { package: 'ioc-triage', version: '1.0.0', digest: '9f86…', read: '60303a…' },
    message: (p) => `${p.package} ${p.version} has the digest ${p.digest}; you read ${p.read}.`,
    change: (p) => `Read what is there now: switchboard plugin detail ${p.package} --version ${p.version}`,
  }),
  not_reviewed: denial<{ package: string; version: string }>({
    category: 'conflict',
    example: { package: 'ioc-triage', version: '1.0.0' },
    message: (p) => `${p.package} ${p.version} has no review.`,
    change: () => 'Nothing to take back.',
  }),
  kind_mismatch: denial<{ package: string; kind: string; wanted: string }>({
    category: 'invalid',
    example: { package: 'ip-asn', kind: 'data', wanted: 'plugin' },
    message: (p) => `${p.package} is a ${p.kind} package; this needs a ${p.wanted} package.`,
    change: () => 'Data packages are read by plugins through data.lookup and data.range; they do not run.',
  }),
} as const satisfies DenialTable
