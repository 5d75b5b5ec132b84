import { Page } from '../../parts/page.tsx'
import { EvidenceNav } from './evidence-nav.tsx'
import { FeedsCard } from './feeds-card.tsx'
import { GrowthCard } from './growth-card.tsx'
import { LogsCard } from './logs-card.tsx'
import { RetentionCard } from './retention-card.tsx'

/** The logs that receipts are in: how far they are, who else saw them, how long they are kept and where they are sent. */
export function LogsPage() {
  return (
    <Page
      title="Logs"
      lead="Each class of receipts has a log of its own, which can only grow. Keep a checkpoint, and no later log can leave out what it covers."
    >
      <EvidenceNav />
      <LogsCard />
      <GrowthCard />
      <RetentionCard />
      <FeedsCard />
    </Page>
  )
}
