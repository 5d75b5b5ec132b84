/** Milliseconds since the Unix epoch, UTC. Comes in as an argument so that tests own time. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()
