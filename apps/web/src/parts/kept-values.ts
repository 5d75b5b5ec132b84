/** What a browser may keep for a person between visits: nothing secret, and all of it gone once they sign out. */
const prefix = 'switchboard.kept.'

/** `tab` outlives a reload, `browser` a closed window too. A browser that keeps nothing is no fault. */
export type Keeping = 'tab' | 'browser'

export function keepValue(keeping: Keeping, name: string, value: unknown): void {
  try {
    storageOf(keeping).setItem(prefix + name, JSON.stringify(value))
  } catch {
    // Full, or forbidden by the browser's settings: what is on the screen still works.
  }
}

export function keptValue(keeping: Keeping, name: string): unknown {
  try {
    return JSON.parse(storageOf(keeping).getItem(prefix + name) ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}

export function dropValue(keeping: Keeping, name: string): void {
  try {
    storageOf(keeping).removeItem(prefix + name)
  } catch {
    // There is nothing where nothing can be kept.
  }
}

/** @param person whose values stay: their names hold the person's id. */
export function dropAllValues(person?: string): void {
  for (const keeping of ['tab', 'browser'] as const) {
    try {
      const storage = storageOf(keeping)
      for (const name of Object.keys(storage))
        if (name.startsWith(prefix) && (person === undefined || !name.includes(`.${person}.`)))
          storage.removeItem(name)
    } catch {
      // There is nothing where nothing can be kept.
    }
  }
}

function storageOf(keeping: Keeping): Storage {
  return keeping === 'tab' ? sessionStorage : localStorage
}
