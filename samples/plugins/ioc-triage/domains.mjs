// Whether a dotted word is a domain. There is no full list of top-level domains here: it changes weekly and a stale copy lies.
// A bare word must end in a country code, a long-established ending or one of the few new endings that abuse reports keep
// naming. A word that its writer marked (defanged, inside a URL or an e-mail address) may end in anything well-formed.

// ISO 3166-1, and the four others that are delegated.
const countryCodes = new Set(
  `ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch ci ck cl
  cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu
  gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly
  ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn
  pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt
  tv tw tz ua ug us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw ac eu su uk`.split(/\s+/),
)
const establishedEndings = new Set(
  `com net org edu gov mil int arpa info biz name pro aero coop museum jobs mobi travel tel cat asia post xxx
  app art bid blog bond buzz cam cfd click cloud club cyou date dev download fit fun gdn host icu info life link live loan lol
  men monster net online ooo page party press pw quest racing rest review rocks sbs shop site space store stream support surf tech tk
  today tokyo top trade vip wang website win work world wtf xin xyz zone`.split(/\s+/),
)
const specialUse = new Set(['example', 'test', 'invalid', 'localhost', 'local', 'internal', 'onion', 'alt'])
// Under these nobody can be found: they are endings themselves.
const sharedEndings = /^(?:co|com|net|org|gov|edu|ac|or|ne|go)\.[a-z]{2}$/
// Also endings of ordinary files; a bare two-part name is taken for the file.
const fileLike = new Set(['md', 'rs', 'so', 'ps', 'mo'])

const asciiLabel = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
const wideLabel = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u

/**
 * @param {string} written
 * @param {boolean} marked whether its writer marked it as a domain
 * @returns {{ value: string, flags: string[] } | null}
 */
export function readDomain(written, marked) {
  if (written.length > 253 || !written.includes('.')) return null
  const value = written.toLowerCase()
  const labels = value.split('.')
  const ending = labels.at(-1)
  const flags = []
  for (const label of labels) {
    if (label.length > 63) return null
    if (asciiLabel.test(label)) continue
    if (!wideLabel.test(label)) return null
    if (!flags.includes('international')) flags.push('international')
    if (!flags.includes('mixed-script') && isMixed(label)) flags.push('mixed-script')
  }
  // Names of hosts may have underscores in front, what was registered may not.
  if (labels.slice(-2).some((label) => label.includes('_'))) return null
  if (value.includes('xn--') && !flags.includes('international')) flags.push('international')

  if (specialUse.has(ending) || /^example\.(?:com|net|org)$/.test(labels.slice(-2).join('.')))
    flags.push('special-use')
  else if (!countryCodes.has(ending) && !establishedEndings.has(ending) && !ending.startsWith('xn--')) {
    if (!marked || !/^\p{L}{2,63}$/u.test(ending)) return null
    flags.push('unlisted-ending')
  }
  if (sharedEndings.test(value)) return null
  if (marked) return { value, flags }

  // "…was finished.It is": a sentence that lost its space. "Evil.Example" and "Evil.Com" are not.
  const writtenEnding = written.slice(-ending.length)
  const isUniform = writtenEnding === ending || writtenEnding === ending.toUpperCase()
  if (!isUniform && !flags.includes('special-use') && !/^(?:com|net|org)$/.test(ending)) return null
  return labels.length === 2 && fileLike.has(ending) ? null : { value, flags }
}

function isMixed(label) {
  return /[a-z]/.test(label) && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u.test(label)
}
