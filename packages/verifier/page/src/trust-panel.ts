import { byId, element, foreign, icon } from './text/element.ts'
import { visibleText } from './text/visible.ts'
import { rootKinds } from './words/verdict-words.ts'
import type { GivenTrust, Root, RootsRead } from './worker/protocol.ts'

/** Larger files are no keys; they would only be read to say so. */
const maxRootBytes = 1_000_000

export interface TrustPanel {
  trust(): GivenTrust
  has(kind: Root['kind']): boolean
}

/**
 * The roots of trust the reader gave, in memory alone: what was kept from an earlier visit would be trusted without being looked at.
 *
 * @param read finds roots in a text.
 * @param changed is called when what is trusted is another than before.
 */
export function trustPanel(
  read: (text: string, name: string | undefined) => Promise<RootsRead>,
  changed: () => void,
): TrustPanel & { addFiles(files: readonly File[]): Promise<void> } {
  const list = byId('roots', HTMLUListElement)
  const text = byId('trust-text', HTMLTextAreaElement)
  const problem = byId('trust-problem', HTMLElement)
  const needed = byId('witnesses-needed', HTMLInputElement)
  const input = byId('trust-input', HTMLInputElement)
  let roots: readonly Root[] = []

  function take({ roots: found, problems }: RootsRead): void {
    const known = new Set(roots.map((root) => identity(root)))
    roots = [...roots, ...found.filter((root) => !known.has(identity(root)))]
    problem.textContent = problems.map(visibleText).join('\n')
    draw()
    if (found.length > 0) changed()
  }

  function draw(): void {
    list.replaceChildren(
      ...roots.map((root) => {
        const remove = element('button', { type: 'button', class: 'small' }, 'Remove')
        remove.setAttribute('aria-label', `Remove ${rootKinds[root.kind]} ${visibleText(root.name)}`)
        remove.addEventListener('click', () => {
          roots = roots.filter((kept) => kept !== root)
          draw()
          text.focus()
          changed()
        })
        const what = element(
          'div',
          { class: 'what' },
          `${rootKinds[root.kind]} · `,
          element('code', {}, root.id),
        )
        return element(
          'li',
          {},
          icon(root.kind === 'checkpoint' ? 'file' : 'key'),
          element('div', {}, element('div', { class: 'who' }, named(root)), what),
          remove,
        )
      }),
    )
  }

  /** A package may name its publisher, so the name that the reader gives a key is part of what they trust. */
  function named(root: Root): HTMLElement {
    if (root.kind !== 'publisher_key') return foreign(root.name)
    const field = element('input', { type: 'text', value: root.name, 'aria-label': 'Name of the publisher' })
    field.addEventListener('change', () => {
      const renamed = { ...root, name: field.value.trim() || 'publisher' }
      roots = roots.map((kept) => (kept === root ? renamed : kept))
      draw()
      changed()
    })
    return field
  }

  async function addFiles(files: readonly File[]): Promise<void> {
    const found: RootsRead[] = []
    for (const file of files) {
      if (file.size > maxRootBytes) {
        found.push({ roots: [], problems: [`${file.name} is too large to be a key or a checkpoint.`] })
        continue
      }
      const publisher = file.name.replace(/(?:\.pub)?\.pem$/, '')
      const { roots: inFile, problems } = await read(await file.text(), publisher)
      const empty = inFile.length + problems.length === 0 ? ['there is nothing in it'] : problems
      found.push({ roots: inFile, problems: empty.map((each) => `${file.name}: ${each}`) })
    }
    take({ roots: found.flatMap((each) => each.roots), problems: found.flatMap((each) => each.problems) })
  }

  byId('trust-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    if (text.value.trim() === '') {
      problem.textContent = 'Paste a key into the field first, or choose a file.'
      return
    }
    void read(text.value, undefined).then((found) => {
      if (found.problems.length === 0) text.value = ''
      take(found)
    })
  })
  input.addEventListener('change', () => {
    void addFiles([...(input.files ?? [])]).then(() => (input.value = ''))
  })
  needed.addEventListener('change', changed)

  const texts = (kind: 'log_key' | 'witness_key') =>
    roots.flatMap((root) => (root.kind === kind ? [root.vkey] : []))
  return {
    trust: () => ({
      logKeys: texts('log_key'),
      witnessKeys: texts('witness_key'),
      witnessesNeeded: Math.max(0, Math.trunc(needed.valueAsNumber) || 0),
      publisherKeys: roots.flatMap((root) =>
        root.kind === 'publisher_key' ? [{ keyId: root.id, spkiPem: root.pem, publisher: root.name }] : [],
      ),
      savedCheckpoints: roots.flatMap((root) => (root.kind === 'checkpoint' ? [root.note] : [])),
    }),
    has: (kind) => roots.some((root) => root.kind === kind),
    addFiles,
  }
}

function identity(root: Root): string {
  if (root.kind === 'checkpoint') return root.note
  return root.kind === 'publisher_key' ? root.id : root.vkey
}
