/**
 * Circles in a graph of imports, so few that every module on any circle is on one of them: each the shortest way from a
 * module back to itself.
 */
export function importCircles(
  imports: ReadonlyMap<string, readonly string[]>,
): readonly (readonly string[])[] {
  const covered = new Set<string>()
  const circles: string[][] = []
  for (const start of imports.keys()) {
    if (covered.has(start)) continue
    const circle = shortestWayBack(start, imports)
    if (!circle) continue
    circles.push(circle)
    for (const module of circle) covered.add(module)
  }
  return circles
}

/** Breadth first, so that the way shown is the easiest to read. */
function shortestWayBack(
  start: string,
  imports: ReadonlyMap<string, readonly string[]>,
): string[] | undefined {
  const cameFrom = new Map<string, string>()
  const queue = [start]
  for (let module = queue.shift(); module !== undefined; module = queue.shift()) {
    for (const next of imports.get(module) ?? []) {
      if (next === start) return wayTo(module, start, cameFrom)
      if (cameFrom.has(next)) continue
      cameFrom.set(next, module)
      queue.push(next)
    }
  }
  return undefined
}

function wayTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [end]
  for (let module = end; module !== start;) {
    module = cameFrom.get(module) ?? start
    way.unshift(module)
  }
  return way
}
