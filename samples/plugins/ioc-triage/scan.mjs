import { formatIpv6, parseIpv4, parseIpv6, special4Flag, special6Flag } from './addresses.mjs'
import { isBitcoinAddress } from './bitcoin.mjs'
import { readDomain } from './domains.mjs'
import { readFileName } from './files.mjs'
import { refang, withoutInvisible } from './refang.mjs'

// The text is read in passes that only move forward: URLs, then IPv6, then words. No expression is ever run on the whole text:
// a pass walks to the end of a run of allowed characters, and a run longer than any indicator is passed over. So the work
// grows with the length of the text and nothing else; `steps` counts it and a test holds it to that.

const longestUrl = 4096
const longestWord = 320

const none = 0
const wordPart = 1
const urlPart = 2
const ipv6Part = 4
const classes = new Uint8Array(128)
for (let code = 0x21; code < 0x7f; code++) {
  const character = String.fromCharCode(code)
  if (/[A-Za-z0-9._@%+-]/.test(character)) classes[code] |= wordPart
  if (!/["'<>\\^`{|}]/.test(character)) classes[code] |= urlPart
  if (/[0-9A-Fa-f:.]/.test(character)) classes[code] |= ipv6Part
}

function classOf(code) {
  if (code < 128) return classes[code]
  // Letters of other scripts belong to words; their spaces, quotes and dashes do not.
  const separates = code < 0xc0 || (code >= 0x2000 && code <= 0x206f) || (code >= 0x3000 && code <= 0x303f)
  return separates ? none : wordPart | urlPart
}

/**
 * @typedef {{ kind: string, value: string, start: number, end: number, flags: string[] }} Found
 *   `start` and `end` are UTF-16 offsets into the text as it was given
 * @param {string} original
 * @returns {{ found: Found[], steps: number }}
 */
export function scan(original) {
  const work = { steps: 0 }
  const { text, startOf, endOf } = refang(original, work)
  const found = []
  /** Spans that a pass has dealt with, ascending; later passes jump over them. */
  let taken = []

  const runEnd = (from, part) => {
    let at = from
    while (at < text.length && classOf(text.charCodeAt(at)) & part) at++
    work.steps += at - from + 1
    return at
  }
  const look = (from, to) => {
    work.steps += Math.max(0, to - from)
    return text.slice(Math.max(0, from), to)
  }
  const writtenAs = (from, to) => original.slice(startOf[from], endOf[to - 1])
  const isDefanged = (from, to) => withoutInvisible(writtenAs(from, to)) !== text.slice(from, to)
  const emit = (kind, value, from, to, flags = []) => {
    work.steps += to - from
    const start = startOf[from]
    const end = endOf[to - 1]
    const all = new Set(flags)
    if (isDefanged(from, to)) all.add('defanged')
    if (withoutInvisible(writtenAs(from, to)).length < end - start) all.add('hidden-characters')
    found.push({ kind, value, start, end, flags: [...all] })
  }

  // ---- URLs ----

  const schemes = new Map([
    ['http', 'http'],
    ['https', 'https'],
    ['ftp', 'ftp'],
    ['sftp', 'sftp'],
    ['hxxp', 'http'],
    ['hxxps', 'https'],
    ['h**p', 'http'],
    ['h**ps', 'https'],
    ['htxp', 'http'],
    ['hxtp', 'http'],
    ['hxtps', 'https'],
    ['htxps', 'https'],
    ['fxp', 'ftp'],
  ])

  function passUrls() {
    let done = 0
    let runTo = 0
    for (;;) {
      const colon = text.indexOf('://', done)
      work.steps += (colon < 0 ? text.length : colon) - done
      if (colon < 0) return
      let from = colon
      while (from > done && colon - from < 6 && /[A-Za-z*]/.test(text[from - 1])) from--
      work.steps += colon - from
      const scheme = schemes.get(text.slice(from, colon).toLowerCase())
      if (scheme === undefined) {
        done = colon + 3
        continue
      }
      // A run that holds several URLs is walked once.
      if (runTo < colon + 3) runTo = runEnd(colon + 3, urlPart)
      const end = cutBeforeNext(colon + 3, runTo)
      if (end - from <= longestUrl) readUrl(scheme, from, colon, end)
      done = end
    }
  }

  function readUrl(scheme, from, colon, end) {
    const to = trimmed(colon + 3, end)
    const rest = look(colon + 3, to)
    const authority = /^[^/?#]*/.exec(rest)[0]
    const hostAt = authority.lastIndexOf('@') + 1
    const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority.slice(hostAt))
    if (parts === null) return
    const [, host, port] = parts
    const at = colon + 3 + hostAt
    const isDisguised = scheme !== text.slice(from, colon).toLowerCase()
    const read = readHost(host, at, port, isDisguised)
    if (read === null) return
    const value = `${scheme}://${authority.slice(0, hostAt)}${read}${port === undefined ? '' : `:${port}`}${rest.slice(authority.length)}`
    emit('url', value, from, to, [
      ...(hostAt > 0 ? ['credentials'] : []),
      ...(isDisguised ? ['defanged'] : []),
    ])
    readLastSegment(colon + 3 + authority.length, to)
    taken.push([from, to])
  }

  /** Emits the host as an indicator of its own. @returns how it is spelt inside the URL */
  function readHost(host, at, port, defanged) {
    const to = at + host.length
    const extra = defanged ? ['defanged'] : []
    const bare = host.startsWith('[') ? host.slice(1, -1) : host
    const inside = host.startsWith('[') ? 1 : 0
    const value = emitAddress(bare, at + inside, to - inside, extra)
    if (value !== null) {
      const spelt = value.includes(':') ? `[${value}]` : value
      if (port !== undefined) emitEndpoint(spelt, port, at, to + 1 + port.length, extra)
      return spelt
    }
    const domain = inside === 1 ? null : readDomain(host, true)
    if (domain === null) return null
    emit('domain', domain.value, at, to, [...domain.flags, ...extra])
    return domain.value
  }

  function readLastSegment(from, to) {
    const path = /^[^?#]*/.exec(text.slice(from, to))[0]
    const name = path.slice(path.lastIndexOf('/') + 1)
    const file = /^[\w.-]+$/.test(name) ? readFileName(name) : null
    const end = from + path.length
    if (file !== null) emit('file-name', file.value, end - name.length, end, file.flags)
  }

  /** "http://a.test,http://b.test" is two. */
  function cutBeforeNext(from, to) {
    const colon = text.indexOf('://', from)
    work.steps += (colon < 0 ? text.length : colon) - from
    if (colon < 0 || colon >= to) return to
    const next = /[,;]h[tx*]{2}ps?$/i.exec(look(Math.max(from, colon - 6), colon))
    return next === null ? to : colon - next[0].length
  }

  /** The end without the punctuation of the sentence, and without a bracket that was opened before. */
  function trimmed(from, to) {
    let depth = 0
    let square = 0
    for (let at = from; at < to; at++) {
      depth += text[at] === '(' ? 1 : text[at] === ')' ? -1 : 0
      square += text[at] === '[' ? 1 : text[at] === ']' ? -1 : 0
    }
    let end = to
    for (; end > from; end--) {
      const last = text[end - 1]
      if (last === ')' && depth < 0) depth++
      else if (last === ']' && square < 0) square++
      else if (!/[.,;:!?*_~'"]/.test(last)) break
    }
    work.steps += 2 * (to - from)
    return end
  }

  // ---- addresses ----

  /** Emits an address unless it is none. @returns its one spelling */
  function emitAddress(written, from, to, flags) {
    const four = parseIpv4(written)
    if (four !== null) {
      const special = special4Flag(four)
      emit('ipv4', written, from, to, special === null ? flags : [special, ...flags])
      return written
    }
    const groups = written.includes(':') ? parseIpv6(written) : null
    if (groups === null) return null
    const special = special6Flag(groups)
    const value = formatIpv6(groups)
    emit('ipv6', value, from, to, special === null ? flags : [special, ...flags])
    return value
  }

  function emitEndpoint(host, port, from, to, flags) {
    if (Number(port) > 0 && Number(port) <= 65535)
      emit('endpoint', `${host}:${Number(port)}`, from, to, flags)
  }

  /** What may follow an address: a port, a prefix length, a path. @returns where reading goes on */
  function readAfterAddress(value, from, to) {
    const bracketed = text[from - 1] === '[' && text[to] === ']'
    const host = value.includes(':') ? `[${value}]` : value
    const next = to + (bracketed ? 1 : 0)
    const port = /^:(\d{1,5})(?![.:]?\w)/.exec(look(next, next + 8))
    if (port !== null && (bracketed || !value.includes(':'))) {
      const end = next + port[0].length
      emitEndpoint(host, port[1], bracketed ? from - 1 : from, end, [])
      return end
    }
    const prefix = /^\/(\d{1,3})(?!\.?\w|[/-])/.exec(look(to, to + 6))
    if (prefix !== null && Number(prefix[1]) <= (value.includes(':') ? 128 : 32)) {
      emit('network', `${value}/${Number(prefix[1])}`, from, to + prefix[0].length)
      return to + prefix[0].length
    }
    return value.includes(':') ? to : readPath(value, from, to)
  }

  /** "host/path" without a scheme is a URL too. @returns where reading goes on */
  function readPath(host, from, to) {
    const port = /^:\d{1,5}(?=\/)/.exec(look(to, to + 7))?.[0] ?? ''
    const slash = to + port.length
    if (text[slash] !== '/') return to
    const run = runEnd(slash, urlPart)
    const end = run - from > longestUrl ? slash : trimmed(slash, run)
    if (end - slash < 2) return run
    emit('url', `${host}${port}${look(slash, end)}`, from, end, ['no-scheme'])
    readLastSegment(slash, end)
    return run
  }

  function passIpv6() {
    const spans = taken
    const own = []
    let next = 0
    let done = 0
    for (;;) {
      const colon = text.indexOf(':', done)
      work.steps += (colon < 0 ? text.length : colon) - done + 1
      if (colon < 0) break
      while (next < spans.length && spans[next][1] <= colon) next++
      if (next < spans.length && spans[next][0] <= colon) {
        done = spans[next][1]
        continue
      }
      let from = colon
      while (from > done && colon - from < 5 && classOf(text.charCodeAt(from - 1)) & ipv6Part) from--
      work.steps += colon - from
      let to = runEnd(colon, ipv6Part)
      done = to
      while (to > from && (text[to - 1] === '.' || (text[to - 1] === ':' && text[to - 2] !== ':'))) to--
      if (to - from > 45 || to - from < 3) continue
      const written = look(from, to)
      // "std::dec" and "a::b" are names in programs.
      const looksLikeAddress = /\d/.test(written) || written.split(':').length > 3
      if (!looksLikeAddress || /[\w:]/.test(text[from - 1] ?? ' ') || /[\w]/.test(text[to] ?? ' ')) continue
      const value = emitAddress(written, from, to, [])
      if (value === null) continue
      done = Math.max(done, readAfterAddress(value, from, to))
      own.push([from, done])
    }
    taken = [...spans, ...own].sort((a, b) => a[0] - b[0])
  }

  // ---- words ----

  function passWords() {
    let next = 0
    for (let at = 0; at < text.length;) {
      while (next < taken.length && taken[next][1] <= at) next++
      const span = taken[next]
      if (span !== undefined && span[0] <= at) {
        at = span[1]
        continue
      }
      work.steps++
      if (!(classOf(text.charCodeAt(at)) & wordPart)) {
        at++
        continue
      }
      const end = Math.min(runEnd(at, wordPart), span?.[0] ?? text.length)
      at = end - at > longestWord ? end : Math.max(end, readWord(at, end))
    }
  }

  /** @returns where reading goes on */
  function readWord(start, stop) {
    let from = start
    let to = stop
    while (from < to && /[.\-@%+]/.test(text[from])) from++
    while (to > from && /[._\-@%+]/.test(text[to - 1])) to--
    const word = look(from, to)
    if (word.length < 3) return stop
    if (word.includes('@')) return readMail(word, from, to) ?? stop
    if (/^\d+(?:\.\d+){3}(?:-\d+(?:\.\d+){3})?$/.test(word)) return readIpv4(word, from, to) ?? stop
    if (readSimple(word, from, to)) return stop
    if (word.includes('.')) {
      const read = readDotted(word, from, to)
      if (read !== null) return read
      // Without spaces between scripts, "请访问evil.test下载" is one word: try its plain part.
      if (/[^\0-\x7f]/.test(word)) {
        for (const plain of word.matchAll(/[\w.-]{4,}/g)) {
          if (plain[0].includes('.'))
            readDotted(plain[0], from + plain.index, from + plain.index + plain[0].length)
        }
      }
    }
    return stop
  }

  function readMail(word, from, to) {
    const at = word.indexOf('@')
    const local = word.slice(0, at)
    const host = word.slice(at + 1)
    const domain = host.includes('@') ? null : readDomain(host, true)
    if (domain === null) return null
    const hostFrom = from + at + 1
    const isMessageId = /(?:message-id|in-reply-to|references):\s*<?$/i.test(look(from - 20, from))
    if (!isMessageId && /^[\w%+-]+(?:\.[\w%+-]+)*$/.test(local) && local.length <= 64) {
      emit('email', `${local}@${domain.value}`, from, to, domain.flags)
    }
    emit('domain', domain.value, hostFrom, to, domain.flags)
    return to
  }

  function readIpv4(word, from, to) {
    const [first, second] = word.split('-')
    if (parseIpv4(first) === null || (second !== undefined && parseIpv4(second) === null)) return null
    if (!isDefanged(from, to) && isVersion(from)) return to
    if (second !== undefined) {
      emitAddress(first, from, from + first.length, [])
      emitAddress(second, to - second.length, to, [])
      return to
    }
    emitAddress(first, from, to, [])
    return readAfterAddress(first, from, to)
  }

  /** "version 1.2.3.4", "Agent/1.2.3.4": four numbers that are no address. */
  function isVersion(from) {
    const before = look(from - 20, from)
    if (/[A-Za-z)]\/$/.test(before)) return true
    return /(?:^|[^A-Za-z])(?:v|ver|vers|versions?|release|build|rev|revision|firmware|update|chapter|section)[\s.:=#]{0,3}$/i.test(
      before,
    )
  }

  const digests = { 32: 'md5', 40: 'sha1', 64: 'sha256' }
  const ofNothing = new Set([
    'd41d8cd98f00b204e9800998ecf8427e',
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  ])

  /** Words that are an indicator by themselves. */
  function readSimple(word, from, to) {
    const digest = digests[word.length]
    if (digest !== undefined && /^[0-9a-f]+$/i.test(word)) {
      const value = word.toLowerCase()
      // A line of zeros is padding.
      if (new Set(value).size >= 4)
        emit(digest, value, from, to, ofNothing.has(value) ? ['of-empty-input'] : [])
      return true
    }
    if (/^cve-\d{4}-\d{4,19}$/i.test(word)) {
      emit('cve', word.toUpperCase(), from, to)
      return true
    }
    const joined = /^asn?(\d{1,10})$/i.exec(word)
    const apart =
      joined === null && /^\d{1,10}$/.test(word)
        ? /(?:^|[^\w])(ASN?[ #:]{1,2})$/.exec(look(from - 7, from))
        : null
    if (joined !== null || apart !== null) {
      const number = Number(joined?.[1] ?? word)
      if (number > 0 && number < 2 ** 32)
        emit('asn', `AS${number}`, from - (apart?.[1].length ?? 0), to, asnFlags(number))
      return true
    }
    if (word.length < 14 || word.length > 90) return false
    // Counted as the two rounds of 64 steps that the checksum takes.
    if (/^(?:[13]|bc1)/i.test(word)) work.steps += 128
    if (!isBitcoinAddress(word)) return false
    emit('bitcoin-address', /^bc1/i.test(word) ? word.toLowerCase() : word, from, to)
    return true
  }

  function readDotted(word, from, to) {
    const marked = isDefanged(from, to)
    const file = marked ? null : readFileName(word)
    if (file !== null && !(file.flags.includes('could-be-domain') && text[to] === '/')) {
      const open = openingQuote(from, to)
      emit(
        'file-name',
        text.slice(open, to),
        open,
        to,
        overridden(open, to) ? [...file.flags, 'direction-override'] : file.flags,
      )
      return to
    }
    const domain = readDomain(word, marked)
    if (domain === null) return null
    emit('domain', domain.value, from, to, domain.flags)
    return readPath(domain.value, from, to)
  }

  /** A name in quotes may hold spaces: "Invoice 12.pdf.exe". @returns where it starts */
  function openingQuote(from, to) {
    if (text[to] !== '"' && text[to] !== '”') return from
    for (let at = from - 1; at >= 0 && from - at <= 120; at--) {
      work.steps++
      if (text[at] === '"' || text[at] === '“') return at + 1
      if (/[\n\r\\/:*?<>|”]/.test(text[at])) return from
    }
    return from
  }

  function overridden(from, to) {
    return /[\u202a-\u202e\u2066-\u2069]/.test(writtenAs(from, to))
  }

  passUrls()
  passIpv6()
  passWords()
  return { found: found.sort((a, b) => a.start - b.start || b.end - a.end), steps: work.steps }
}

// RFC 5398, RFC 6996, RFC 7300, and AS_TRANS of RFC 6793.
function asnFlags(number) {
  if ((number >= 64496 && number <= 64511) || (number >= 65536 && number <= 65551)) return ['documentation']
  if ((number >= 64512 && number <= 65534) || (number >= 4200000000 && number <= 4294967294))
    return ['private']
  return number === 23456 || number === 65535 || number === 4294967295 ? ['reserved'] : []
}
