/**
 * Keeps what others name from filling a metrics store: the first `most` names are labels of their own, all later ones are
 * `other`. Names live as long as the process, as the series behind them do.
 */
export function boundedLabels(most: number): (name: string) => string {
  const known = new Set<string>()
  return (name) => {
    if (known.has(name)) return name
    if (known.size >= most) return 'other'
    known.add(name)
    return name
  }
}

/** A capability without the part that a package or person chose: hosts, names of secrets and tables. */
export function scopeKind(scope: string): string {
  const [kind = '', what = ''] = scope.split(':')
  if (kind === 'net' || kind === 'secret') return kind
  if (['read', 'write', 'use', 'store'].includes(kind) && /^(graph|case|data|nl2cypher|kv)$/.test(what))
    return `${kind}:${what}`
  return 'other'
}
