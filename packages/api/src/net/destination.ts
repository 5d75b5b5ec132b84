/** Where a request goes: a scheme, a host by name and a port. */
export interface Destination {
  /** Without its fragment; everything else as the WHATWG URL standard writes it. */
  readonly url: URL
  /** Lower case, internationalised names in punycode, without a final dot. */
  readonly host: string
  readonly port: number
  readonly scheme: 'https' | 'http'
}

const maxUrlLength = 2_000
const hostPattern =
  /^(?=.{1,120}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Reads the address of a request. One spelling comes out, whatever went in: `https://ÄPI.Example.org.:443/x#y` is
 * `xn--pi-uia.example.org`, port 443. Hosts are those that a manifest can name, so no address in any notation
 * (`127.1`, `0x7f000001`, `[::1]`) is one: the URL standard turns them all into addresses, which the pattern refuses.
 *
 * @returns the rule that the text breaks, when it does.
 */
export function readDestination(text: string): Destination | { readonly rule: string } {
  if (text.length > maxUrlLength) return { rule: `has more than ${maxUrlLength} characters` }
  // The URL standard drops or turns these in silence; what is read must be what was written.
  if (/[\u0000-\u0020\u007f\\]/u.test(text))
    return { rule: 'holds white space, a control character or a backslash' }
  const url = URL.parse(text)
  if (url === null) return { rule: 'is no URL' }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { rule: 'must begin with https://' }
  if (url.username !== '' || url.password !== '') return { rule: 'must not hold a user or a password' }
  url.hash = ''
  const host = url.hostname.replace(/\.$/, '')
  if (!hostPattern.test(host))
    return { rule: 'must name its host, as a manifest does: no addresses, no single words' }
  url.hostname = host
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port)
  return { url, host, port, scheme }
}

/** The scope that a request to `url` needs. What is no address needs one that nobody can be granted. */
export function netScope(url: string): string {
  const destination = readDestination(url)
  return `net:${'rule' in destination ? '' : destination.host}`
}
