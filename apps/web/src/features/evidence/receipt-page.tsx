import { useEffect, useState } from 'react'
import { useParams } from 'react-router'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { Page } from '../../parts/page.tsx'
import { visible } from '../../parts/untrusted-text.tsx'
import { EvidenceNav } from './evidence-nav.tsx'
import { ReceiptFacts } from './receipt-facts.tsx'
import { ReceiptFamily } from './receipt-family.tsx'
import { ReceiptParts } from './receipt-parts.tsx'
import { ReceiptProof } from './receipt-proof.tsx'
import { ReceiptRaw } from './receipt-raw.tsx'

const pendingRefreshMs = 1_000

/** One receipt: what happened, in a sentence; that it did, as a path of hashes that this browser walks; and all its bytes. */
export function ReceiptPage() {
  const { id = '' } = useParams()
  return <ReceiptOf key={id} id={id} />
}

function ReceiptOf({ id }: { readonly id: string }) {
  const [isPending, setPending] = useState(false)
  // A receipt gets its place in the log a moment after its effect: until then it is asked again.
  const read = useRead('receipt.read', { id }, isPending ? { refreshMs: pendingRefreshMs } : {})
  const value = read.data?.ok === true ? read.data.value : undefined
  const pending = value?.proof === 'pending'
  useEffect(() => setPending(pending), [pending])
  return (
    <Page
      title={value === undefined ? 'Receipt' : visible(value.receipt.sentence.slice(0, 300))}
      lead={<code>{id.slice(0, 80)}</code>}
    >
      <EvidenceNav />
      <Answered read={read}>
        {(found) => (
          <>
            <ReceiptFacts receipt={found.receipt} />
            <ReceiptProof found={found} />
            <ReceiptFamily receipt={found.receipt} />
            <ReceiptParts parts={found.parts} entry={found.entry} />
            <ReceiptRaw found={found} />
          </>
        )}
      </Answered>
    </Page>
  )
}
