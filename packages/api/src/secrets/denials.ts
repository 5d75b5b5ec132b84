import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const secretDenials = {
  secret_unknown: denial<{ package: string; secret: string }>({
    category: 'not_found',
    example: { package: 'whois-lookup', secret: 'api-key' },
    message: (p) => `${p.package} has no secret ${p.secret}.`,
    change: (p) =>
      `An administrator sets it: switchboard secret set ${p.package} ${p.secret} --hosts HOST < FILE`,
  }),
  secret_host_undeclared: denial<{ package: string; host: string }>({
    category: 'invalid',
    example: { package: 'whois-lookup', host: 'api.example.org' },
    message: (p) =>
      `${p.package} does not name net:${p.host} in its manifest, so no secret of it can go there.`,
    change: () => 'Name hosts out of net in its manifest, in lower case.',
  }),
} as const satisfies DenialTable
