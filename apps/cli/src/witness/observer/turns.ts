/** Lets work of one name follow each other, and some work run while no other does. */
export function createTurns() {
  const queues = new Map<string, Promise<unknown>>()
  let everybody: Promise<unknown> = Promise.resolve()

  return {
    /** Between looking and keeping, nobody else of that name may come. */
    async of<T>(name: string, work: () => Promise<T>): Promise<T> {
      const turn = Promise.allSettled([everybody, queues.get(name)]).then(work)
      const settled = turn.catch(() => undefined)
      queues.set(name, settled)
      try {
        return await turn
      } finally {
        if (queues.get(name) === settled) queues.delete(name)
      }
    },
    /** After all that is under way, and before all that comes later. */
    async alone<T>(work: () => Promise<T>): Promise<T> {
      const turn = Promise.allSettled([everybody, ...queues.values()]).then(work)
      everybody = turn.catch(() => undefined)
      return await turn
    },
  }
}
