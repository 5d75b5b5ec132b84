import { denial } from '../denial.ts'
import type { DenialTable } from '../denial.ts'

export const netDenials = {
  net_url_refused: denial<{ rule: string }>({
    category: 'invalid',
    example: { rule: 'must begin with https://' },
    message: (p) => `The address of the request ${p.rule}.`,
    change: () => 'Ask for https://HOST/…, where HOST is one that the manifest names in net.',
  }),
  net_header_refused: denial<{ header: string; rule: string }>({
    category: 'invalid',
    example: { header: 'proxy-authorization', rule: 'is for the broker to set' },
    message: (p) => `The header ${p.header} ${p.rule}.`,
    change: () => 'Leave it out. Credentials travel as auth, the body as body.',
  }),
  net_destination_closed: denial<{ destination: string }>({
    category: 'forbidden',
    example: { destination: 'http://misp.corp.example:8080' },
    message: (p) => `${p.destination} is not https on port 443.`,
    change: (p) =>
      `The operator of this server can open exactly this one: SWITCHBOARD_NET_OPEN=${p.destination}`,
  }),
  net_address_refused: denial<{ host: string; range: string }>({
    category: 'forbidden',
    example: { host: 'intranet.example', range: 'private' },
    message: (p) => `${p.host} leads to a ${p.range} address, and plugins reach public ones only.`,
    change: (p) =>
      p.range === 'private' || p.range === 'loopback'
        ? `If it is meant, the operator of this server opens it by name: SWITCHBOARD_NET_OPEN=https://${p.host}:443`
        : 'Nothing opens such addresses; correct the name in the DNS.',
  }),
  net_unreachable: denial<{
    host: string
    reason:
      | 'name_unknown'
      | 'refused'
      | 'unreachable'
      | 'connect_timeout'
      | 'headers_timeout'
      | 'body_timeout'
      | 'total_timeout'
      | 'certificate'
      | 'proxy'
      | 'broken'
  }>({
    category: 'unavailable',
    example: { host: 'api.example.org', reason: 'connect_timeout' },
    message: (p) => `${p.host} gave no answer (${p.reason}).`,
    change: (p) =>
      p.reason === 'certificate'
        ? 'Its certificate is not trusted: correct it, or name the CA that signed it in SWITCHBOARD_NET_CA.'
        : p.reason === 'proxy'
          ? 'Check the proxy of SWITCHBOARD_NET_PROXY and what it permits.'
          : 'Ask again later; check that the host is up and its name correct.',
  }),
  net_response_too_large: denial<{
    host: string
    what: 'headers' | 'body' | 'unpacked body'
    limitBytes: number
  }>({
    category: 'over_limit',
    example: { host: 'api.example.org', what: 'body', limitBytes: 2_097_152 },
    message: (p) => `The ${p.what} that ${p.host} sends is over ${p.limitBytes} bytes.`,
    change: () => 'Ask for less: a filter, a page, a range.',
  }),
  net_redirect_refused: denial<{ host: string; rule: string }>({
    category: 'forbidden',
    example: { host: 'api.example.org', rule: 'was the last of 5 that are followed' },
    message: (p) => `A redirect of ${p.host} ${p.rule}.`,
    change: () => 'Ask for the address where it leads, or with redirects: 0 to be given the redirect itself.',
  }),
  net_rate_limited: denial<{ host: string; status: number; retryAt: number; retryAfterMs: number }>({
    category: 'over_limit',
    example: { host: 'api.example.org', status: 429, retryAt: 1_790_000_000_000, retryAfterMs: 30_000 },
    message: (p) =>
      `${p.host} asked for a pause (${p.status}); until ${new Date(p.retryAt).toISOString()} nothing is sent to it.`,
    change: (p) => `Ask again in ${Math.ceil(p.retryAfterMs / 1000)} s.`,
  }),
  net_busy: denial<{ host: string; waiting: number }>({
    category: 'over_limit',
    example: { host: 'api.example.org', waiting: 32 },
    message: (p) => `${p.waiting} requests to ${p.host} wait already.`,
    change: () => 'Await answers before asking for more.',
  }),
  net_secret_refused: denial<{ secret: string; host: string; rule: string }>({
    category: 'forbidden',
    example: { secret: 'api-key', host: 'api.example.org', rule: 'is bound to other hosts' },
    message: (p) => `The secret ${p.secret} does not go to ${p.host}: it ${p.rule}.`,
    change: (p) =>
      `An administrator sets it for this host, over https: switchboard secret set PACKAGE ${p.secret} --hosts ${p.host}`,
  }),
} as const satisfies DenialTable
