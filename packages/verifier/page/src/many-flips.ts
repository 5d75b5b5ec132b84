import { byId, element, foreign } from './text/element.ts'
import { count, duration } from './text/format.ts'
import type { Tally } from './worker/protocol.ts'

export interface ManyFlips {
  /**
   * Forgets what was counted: it was another file, or other keys.
   *
   * @returns whether it was still counting.
   */
  clear(): boolean
}

/** Flips many bits one after the other and counts what each broke. The seed makes it repeatable. */
export function manyFlips(
  tally: (flips: number, seed: number, underWay: (tally: Tally) => void) => Promise<Tally>,
  stop: () => void,
): ManyFlips {
  const box = byId('tally', HTMLElement)
  const wanted = byId('many-count', HTMLInputElement)
  const seed = byId('many-seed', HTMLInputElement)
  const start = byId('many-start', HTMLButtonElement)
  const end = byId('many-stop', HTMLButtonElement)
  seed.value = String(crypto.getRandomValues(new Uint32Array(1))[0])
  let run = 0

  function ready(): void {
    run++
    start.disabled = false
    end.hidden = true
  }

  byId('many-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    const mine = ++run
    start.disabled = true
    end.hidden = false
    const draw = (state: string, counted: Tally) => {
      if (mine === run) box.replaceChildren(...drawTally(state, counted))
    }
    tally(wanted.valueAsNumber, seed.valueAsNumber >>> 0, (soFar) => draw('under way', soFar))
      .then((done) => draw('done', done))
      .catch((error: unknown) => {
        if (mine === run) box.replaceChildren(element('p', { class: 'problem' }, String(error)))
      })
      .finally(() => mine === run && ready())
  })
  end.addEventListener('click', () => {
    ready()
    stop()
    start.focus()
  })
  return {
    clear() {
      const wasCounting = start.disabled
      ready()
      box.replaceChildren()
      return wasCounting
    },
  }
}

function drawTally(
  state: string,
  { flips, wanted, red, unseen, rules, tookMs }: Tally,
): readonly HTMLElement[] {
  const progress = element('progress', {
    max: String(wanted),
    value: String(flips),
    'aria-label': 'Flips made',
  })
  const sentence = element(
    'p',
    { class: 'sentence' },
    element('strong', {}, `${red.toLocaleString('en')} of ${count(flips, 'flip')} turned it red`),
    `, each naming what broke (${state}, ${duration(tookMs)}).`,
  )
  const missed = unseen.map(({ where, offset, bit }) =>
    element('p', { class: 'problem' }, `Not noticed: bit ${bit} of byte ${offset}, in ${where}`),
  )
  const rows = rules.map(({ rule, flips: times, example }) =>
    element(
      'tr',
      {},
      element('td', {}, element('code', {}, rule)),
      element('td', { class: 'number' }, times.toLocaleString('en')),
      element('td', {}, foreign(example)),
    ),
  )
  const head = ['First rule broken', 'Flips', 'For example at'].map((name, at) =>
    element('th', { scope: 'col', class: at === 1 ? 'number' : '' }, name),
  )
  const table = element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows),
  )
  return [progress, sentence, ...missed, ...(rows.length > 0 ? [table] : [])]
}
