/** What granting a scope lets a package do, in one sentence for the person who consents. */
export function capabilityImpact(scope: string): string {
  const fixed = sentences[scope]
  if (fixed !== undefined) return fixed
  const [kind = '', ...rest] = scope.split(':')
  const name = rest.join(':')
  if (scope.startsWith('read:data:'))
    return `Look single rows up in the data package ${scope.slice('read:data:'.length)}.`
  if (kind === 'net') return `Have the broker send requests to ${name}; what it asks leaves this machine.`
  if (kind === 'secret') return `Have the broker use the secret ${name} in requests; the code never sees it.`
  return `Use ${scope}.`
}

const sentences: Readonly<Record<string, string>> = {
  'read:graph': 'Search the graph and read entities and relations that the person who runs it may see.',
  'write:graph': 'Create and change entities and relations in the graph.',
  'read:case': 'Read the notes and entities of the case it is run on.',
  'write:case': 'Attach entities to the case it is run on, without a person accepting each.',
  'use:nl2cypher': 'Turn questions in plain English into graph queries and run them.',
  'store:kv': 'Keep small values between runs, within a quota, for your organisation alone.',
}
