import { addressesIn, localReason, normalise } from './addresses.mjs'

const mostAddresses = 100

/**
 * Says of each address which autonomous system announces it, who runs that, and where the block is registered.
 *
 * @param {{ case?: string, addresses?: string[] }} args
 */
export async function run(args, api) {
  const { addresses, skipped } = sort(await wanted(args, api))
  const looked = addresses.slice(0, mostAddresses)
  const enrichments = []
  const proposal = { entities: new Map(), relations: [] }
  const systems = new Map()
  for (const address of looked) {
    const asnAnswer = await api.data.range({ table: 'ip-asn', value: address })
    const countryAnswer = await api.data.range({ table: 'ip-country', value: address })
    const asn = asnAnswer.row?.asn ?? null
    if (asn !== null && !systems.has(asn)) systems.set(asn, await findSystem(asn, api))
    const enrichment = {
      address,
      asn,
      organisation: asnAnswer.row?.organisation ?? null,
      country: countryAnswer.row?.country ?? null,
      inGraph: systems.get(asn) ?? null,
      citations: [cite(asnAnswer), cite(countryAnswer)],
    }
    enrichments.push(enrichment)
    propose(proposal, enrichment, countryAnswer.row?.name ?? '')
  }
  api.log(`${looked.length} addresses, ${systems.size} autonomous systems`)
  return {
    ok: true,
    complete: looked.length === addresses.length,
    enrichments,
    skipped,
    entities: [...proposal.entities.values()],
    relations: proposal.relations,
  }
}

/** The spellings to look up: those given, else those of the case's entities, else what its notes say. */
async function wanted(args, api) {
  if (Array.isArray(args.addresses)) return args.addresses.map(String)
  if (typeof args.case !== 'string') throw new TypeError('Give a case, or addresses.')
  const { entities = [], notes } = await api.cases.read({ id: args.case })
  const attached = entities
    .map((each) => each.entity ?? each)
    .filter((entity) => entity.type === 'ip-address')
  if (attached.length > 0) return attached.map((entity) => entity.name)
  return notes.flatMap((note) => addressesIn(note.text))
}

/** Each address once; local ones and what is no address are set aside with the reason. */
function sort(spellings) {
  const addresses = new Set()
  const skipped = new Map()
  for (const spelling of spellings) {
    const address = normalise(spelling)
    const reason = address === null ? 'not an address' : localReason(address)
    if (reason === null) addresses.add(address)
    else skipped.set(address ?? spelling.slice(0, 100), reason)
  }
  return {
    addresses: [...addresses],
    skipped: [...skipped].map(([address, reason]) => ({ address, reason })),
  }
}

async function findSystem(asn, api) {
  const found = await api.graph.search({ q: `AS${asn}`, limit: 20 })
  const isIt = (entity) =>
    entity.type === 'autonomous-system' && (entity.key === `as:${asn}` || entity.properties?.asn === asn)
  return found.find(isIt)?.id ?? null
}

function cite(answer) {
  const { table, version, licence, row } = answer.citation
  return { source: 'data', table, version, licence, row }
}

/** address → announced-by → system → operated-by → organisation, and address → located-in → country. */
function propose({ entities, relations }, { address, asn, organisation, country, citations }, countryName) {
  const [asnCitation, countryCitation] = citations
  // What is there already is proposed as well: whoever reads the difference sees that nothing changes.
  const add = (key, type, name, properties, citation) => {
    const known = entities.get(key)
    if (known === undefined) entities.set(key, { key, type, name, properties, citations: [citation] })
    else if (!known.citations.some((each) => each.table === citation.table && each.row === citation.row))
      known.citations.push(citation)
    return key
  }
  const relate = (from, to, type, citation) => {
    if (relations.some((each) => each.from === from && each.to === to && each.type === type)) return
    relations.push({ from, to, type, citations: [citation] })
  }
  if (asn === null && country === null) return
  const from = add(`ip:${address}`, 'ip-address', address, {}, asn === null ? countryCitation : asnCitation)
  if (asn !== null) {
    const system = add(
      `as:${asn}`,
      'autonomous-system',
      `AS${asn} ${organisation}`,
      { asn, organisation },
      asnCitation,
    )
    const operator = add(
      organisationKey(organisation),
      'organisation',
      organisation,
      { identifiedBy: 'name' },
      asnCitation,
    )
    relate(from, system, 'announced-by', asnCitation)
    relate(system, operator, 'operated-by', asnCitation)
  }
  if (country !== null) {
    const place = add(
      `country:${country}`,
      'country',
      countryName === '' ? country : countryName,
      { code: country },
      countryCitation,
    )
    relate(from, place, 'located-in', countryCitation)
  }
}

// Organisations are known by name only, so the name is the key: the same in every plugin that meets it.
function organisationKey(name) {
  return `organisation:${name.toLowerCase().replaceAll(/\s+/g, ' ').trim()}`
}
