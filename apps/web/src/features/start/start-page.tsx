import { Page } from '../../parts/page.tsx'
import { AttackAct } from './attack-act.tsx'
import { PasteAct } from './paste-act.tsx'
import { ProveAct } from './prove-act.tsx'
import { WhereAct } from './where-act.tsx'

/** What somebody sees first: four acts, each a button and the command that does the same. */
export function StartPage() {
  return (
    <Page
      title="See it work"
      lead="Other people's code on your own intelligence, with proof. Four acts, five minutes."
    >
      <WhereAct />
      <PasteAct />
      <AttackAct />
      <ProveAct />
    </Page>
  )
}
