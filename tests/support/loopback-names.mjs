// Preloaded into a server (NODE_OPTIONS=--import): names below corp.example are this machine, as a hosts file would say.
import dns from 'node:dns/promises'
import { syncBuiltinESMExports } from 'node:module'

const system = dns.lookup
dns.lookup = async (host, options) =>
  host.endsWith('.corp.example') ? [{ address: '127.0.0.1', family: 4 }] : await system(host, options)
syncBuiltinESMExports()
