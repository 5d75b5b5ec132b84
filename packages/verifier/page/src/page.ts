import { drawIdle, drawVerdict } from './draw/verdict.ts'
import { drawReport } from './draw/report.ts'
import { dropZones } from './drop-zones.ts'
import { manyFlips } from './many-flips.ts'
import { reportJson, saveAs } from './save-report.ts'
import { byId, element, foreign } from './text/element.ts'
import { fileSize } from './text/format.ts'
import { trustPanel } from './trust-panel.ts'
import type { Evidence, Flip, Verdict } from './worker/protocol.ts'
import { startVerifier } from './start-verifier.ts'

interface Held {
  readonly file: File
  readonly evidence: Evidence
}

/** Wires index.html up. `ownScript` is the text of the script that runs, which a worker runs a second time. */
export function startPage(ownScript: string): void {
  let verifier = startVerifier(ownScript)
  let held: Held | undefined
  let flip: Flip | undefined
  let verdict: Verdict | undefined
  /** Counts what was asked, so that an answer to an older question draws nothing; files apart from verdicts. */
  let turn = 0
  let fileTurn = 0
  let reading = false

  const verdictBox = byId('verdict', HTMLElement)
  const reportBox = byId('report', HTMLElement)
  const actions = byId('actions', HTMLElement)
  const saveRow = byId('save-row', HTMLElement)
  const flipButton = byId('flip', HTMLButtonElement)
  const undoButton = byId('undo', HTMLButtonElement)
  const input = byId('file-input', HTMLInputElement)
  const given = byId('file-given', HTMLElement)
  const fileZone = byId('file-zone', HTMLElement)
  const chooseFile = byId('file-choose', HTMLElement)
  const fileProblem = byId('file-problem', HTMLElement)

  const trust = trustPanel(
    (text, name) => verifier.ask('roots', { text, name }),
    () => void verify(),
  )
  const many = manyFlips(
    (flips, seed, underWay) => {
      const sha256 = held?.evidence.sha256 ?? ''
      return verifier.ask('tally', { sha256, trust: trust.trust(), flips, seed }, underWay)
    },
    () => void startAnew(),
  )

  /** A verifier under way hears nothing; the way to stop it is to end its worker and begin with a new one. */
  async function startAnew(): Promise<void> {
    verifier.stop()
    verifier = startVerifier(ownScript)
    if (held === undefined) return
    // A file that was changed or removed meanwhile cannot be read again; the next question says so.
    await verifier.ask('load', { file: held.file }).catch(() => undefined)
  }

  async function take(files: readonly File[]): Promise<void> {
    const [file] = files
    if (file === undefined) return
    if (files.length > 1) {
      fileProblem.textContent = 'One file at a time: the result is about one file.'
      return
    }
    const mine = ++fileTurn
    fileProblem.textContent = ''
    held = undefined
    flip = undefined
    reading = true
    given.replaceChildren()
    await verify()
    drawIdle(verdictBox, 'busy', 'Reading the file', file.name)
    try {
      const found = await read(file, () => mine === fileTurn)
      if (mine !== fileTurn) return
      reading = false
      held = found
      if (found !== undefined) {
        given.replaceChildren(describe(found))
        fileZone.classList.add('filled')
        chooseFile.textContent = 'Choose another file'
      }
      await verify()
    } catch (error) {
      if (mine !== fileTurn) return
      reading = false
      drawIdle(verdictBox, 'failed', 'The file cannot be read', messageOf(error))
    }
  }

  /** @param isWanted still, and not overtaken by a file that was chosen later. */
  async function read(file: File, isWanted: () => boolean): Promise<Held | undefined> {
    const root = await isRoot(file)
    if (!isWanted()) return undefined
    if (root) {
      fileProblem.textContent =
        'This is a key or a checkpoint, not evidence. If it reached you by another way than the file, add it under “Whom you trust”.'
      return undefined
    }
    return { file, evidence: await verifier.ask('load', { file }) }
  }

  /** Keys are not taken from where evidence is given, not even by mistake: whoever sends both vouches for themselves. */
  async function isRoot(file: File): Promise<boolean> {
    if (file.size === 0 || file.size > 100_000) return false
    const { roots, problems } = await verifier.ask('roots', { text: await file.text(), name: undefined })
    return roots.length > 0 && problems.length === 0
  }

  async function verify(): Promise<void> {
    const mine = ++turn
    const wasCounting = many.clear()
    clearResult()
    // Nobody waits for thousands of flips that are about another question.
    if (wasCounting) await startAnew()
    if (mine !== turn) return
    if (held === undefined) {
      // Who reads a file calls this again when it is there.
      if (reading) return
      verdictBox.className = 'verdict'
      verdictBox.replaceChildren()
      return
    }
    const missing = missingRoot(held.evidence)
    if (missing !== undefined) {
      drawIdle(verdictBox, 'wait', 'Not verified yet', missing)
      return
    }
    drawIdle(verdictBox, 'busy', 'Verifying', 'Every byte is being checked.')
    try {
      const answer = await verifier.ask('verify', {
        sha256: held.evidence.sha256,
        trust: trust.trust(),
        flip,
      })
      if (mine === turn) show(answer)
    } catch (error) {
      if (mine === turn)
        drawIdle(verdictBox, 'failed', 'The verifier failed; nothing is proved', messageOf(error))
    }
  }

  function missingRoot({ kind }: Evidence): string | undefined {
    if (kind === 'package') {
      return trust.has('publisher_key')
        ? undefined
        : 'Give the key of a publisher whom you trust (a .pem file), in step 2.'
    }
    return trust.has('log_key')
      ? undefined
      : 'Give the key of the log (name+hash+key), in step 2. Ask its operator for it.'
  }

  function show(answer: Verdict): void {
    verdict = answer
    drawVerdict(verdictBox, answer)
    drawReport(reportBox, answer)
    actions.hidden = false
    saveRow.hidden = false
    undoButton.disabled = flip === undefined
    flipButton.textContent = flip === undefined ? 'Flip one bit' : 'Flip another bit instead'
    // On a narrow screen the answer would be below what was just touched.
    verdictBox.scrollIntoView({ block: 'nearest' })
    document.title = `${answer.report.ok ? 'Green' : 'Red'} · Evidence verifier`
  }

  function clearResult(): void {
    verdict = undefined
    reportBox.replaceChildren()
    actions.hidden = held === undefined
    saveRow.hidden = true
    document.title = 'Evidence verifier · Switchboard'
  }

  input.addEventListener('change', () => {
    void take([...(input.files ?? [])]).then(() => (input.value = ''))
  })
  flipButton.addEventListener('click', () => {
    if (held === undefined || held.evidence.bytes === 0) return
    const [place = 0, bit = 0] = crypto.getRandomValues(new Uint32Array(2))
    flip = { offset: place % held.evidence.bytes, bit: bit % 8 }
    void verify()
  })
  undoButton.addEventListener('click', () => {
    flip = undefined
    flipButton.focus()
    void verify()
  })
  byId('save', HTMLButtonElement).addEventListener('click', () => {
    if (held === undefined || verdict === undefined) return
    saveAs('evidence-report.json', reportJson(held.file, held.evidence, trust.trust(), verdict, new Date()))
  })
  dropZones(
    new Map([
      [fileZone, (files: readonly File[]) => void take(files)],
      [byId('trust-zone', HTMLElement), (files: readonly File[]) => void trust.addFiles(files)],
    ]),
  )
}

function describe({ file, evidence: { kind, bytes, sha256 } }: Held): HTMLElement {
  return element(
    'dl',
    { class: 'facts' },
    element('dt', {}, 'File'),
    element('dd', {}, foreign(file.name)),
    element('dt', {}, 'Is a'),
    element('dd', {}, `${kind}, ${fileSize(bytes)}`),
    element('dt', {}, 'SHA-256'),
    element('dd', {}, element('code', {}, sha256)),
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
