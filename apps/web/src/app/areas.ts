import type { OperationName } from '@switchboard/api'

/** The areas of the console, in the order of the menu, in plain words. */
export interface Area {
  readonly path: string
  readonly label: string
  /** One sentence, for the palette and for screen readers. */
  readonly says: string
  /** What is asked first there: an area nobody here may read says so in the menu already. */
  readonly needs: OperationName
  /** Single key after `g`. */
  readonly key: string
}

export const areas: readonly Area[] = [
  { path: '/', label: 'Start', says: 'See it work in four steps.', needs: 'system.status', key: 's' },
  {
    path: '/plugins',
    label: 'Plugins',
    says: 'Find, install, allow, run and remove.',
    needs: 'plugin.list',
    key: 'p',
  },
  {
    path: '/runs',
    label: 'Runs',
    says: 'What ran, what it asked, what it cost.',
    needs: 'run.list',
    key: 'r',
  },
  {
    path: '/cases',
    label: 'Cases',
    says: 'Notes, entities and where they come from.',
    needs: 'case.list',
    key: 'c',
  },
  {
    path: '/graph',
    label: 'Graph',
    says: 'What is known, and what it is next to.',
    needs: 'graph.search',
    key: 'g',
  },
  {
    path: '/reviews',
    label: 'Reviews',
    says: 'What waits for a second person.',
    needs: 'review.list',
    key: 'v',
  },
  {
    path: '/evidence',
    label: 'Evidence',
    says: 'Receipts, proofs and bundles.',
    needs: 'receipt.list',
    key: 'e',
  },
  { path: '/costs', label: 'Costs', says: 'Who used what, and what is left.', needs: 'usage.read', key: 'o' },
  {
    path: '/policy',
    label: 'Policy',
    says: 'By which rules it is decided, and who may what.',
    needs: 'policy.read',
    key: 'y',
  },
]
