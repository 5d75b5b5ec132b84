import { Link as TextLink } from '@mui/material'
import { Link } from 'react-router'
import type { ReactNode } from 'react'
import { FactList } from '../../parts/fact-list.tsx'
import { money } from '../../parts/format.ts'
import { Instant } from '../../parts/instant.tsx'
import { Section } from '../../parts/section.tsx'
import { StateChip } from '../../parts/state-chip.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { LogPlace } from './receipt-rows.tsx'
import type { ReceiptRow } from './receipt-rows.tsx'

const phaseSays = {
  effect: 'effect: all of it in one transaction',
  intent: 'intent: written before it was tried',
  outcome: 'outcome: how an intent ended',
} as const

/** What the receipt says, each thing leading to where there is more of it. */
export function ReceiptFacts({ receipt }: { readonly receipt: ReceiptRow }) {
  const { user, case: caseId, run, trace, level } = receipt
  const name = <UntrustedText text={receipt.actor} most={120} />
  return (
    <Section id="facts" title="What it says">
      <FactList
        facts={[
          ['Decision', <StateChip key="decision" state={receipt.decision} />],
          ['When', <Instant key="at" ms={receipt.at} />],
          ['Who', user === null ? name : to(`/evidence?actor=${user}`, name)],
          [
            'Operation',
            to(
              `/evidence?${new URLSearchParams({ operation: receipt.operation })}`,
              <code>{receipt.operation}</code>,
            ),
          ],
          ['Phase', phaseSays[receipt.phase]],
          ['Package', packageOf(receipt)],
          ['Case', caseId === null ? undefined : to(`/cases/${caseId}`, <code>{caseId}</code>)],
          ['Run', run === null ? undefined : to(`/runs/${run}`, <code>{run}</code>)],
          ['Sandbox', level === 'none' ? 'no guest code' : level],
          ['Calls, rows', `${receipt.calls.toLocaleString('en')}, ${receipt.rows.toLocaleString('en')}`],
          ['Cost', money(receipt.costMicros)],
          ['In the log', <LogPlace key="place" index={receipt.index} />],
          ['Trace', to(`/evidence?trace=${trace}`, <code>{trace}</code>)],
        ]}
      />
    </Section>
  )
}

function packageOf({ package: name, version }: ReceiptRow): ReactNode {
  if (name === null) return undefined
  const text = <UntrustedText text={version === null ? name : `${name} ${version}`} most={200} />
  return to(`/plugins/${encodeURIComponent(name)}`, text)
}

function to(address: string, label: ReactNode): ReactNode {
  return (
    <TextLink component={Link} to={address}>
      {label}
    </TextLink>
  )
}
