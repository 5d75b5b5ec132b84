import { Button, Chip, Stack } from '@mui/material'
import { useState } from 'react'
import { ClientFault } from '@switchboard/api'
import type { Denial, OperationByName, OutputOf } from '@switchboard/api'
import { client } from '../../api/client.ts'
import { useRead } from '../../api/use-read.ts'
import { Answered, FaultNotice } from '../../parts/answered.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { DenialCard } from '../../parts/denial-card.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { count } from '../../parts/format.ts'
import { Icon } from '../../parts/icons.tsx'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'
import { RowsTable } from '../../parts/rows-table.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { Section } from '../../parts/section.tsx'
import { ShowMore } from '../../parts/show-more.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { provenanceSentence } from './provenance-sentence.ts'
import { isActive } from './run-state.ts'
import type { Run } from './run-state.ts'

type Provenance = OutputOf<OperationByName<'run.provenance'>>
const pageRows = 100

/** Who did what with what, each step with the receipt that proves it. */
export function ProvenanceTab({ run }: { readonly run: Run }) {
  const provenance = useRead('run.provenance', { id: run.id }, { when: !isActive(run.state) })
  if (isActive(run.state)) return <EmptyState says="Where its result comes from is known when it ends." />
  return <Answered read={provenance}>{(value) => <Steps run={run} provenance={value} />}</Answered>
}

function Steps({ run, provenance }: { readonly run: Run; readonly provenance: Provenance }) {
  const [shown, setShown] = useState(pageRows)
  const nodes = new Map(provenance.nodes.map((node) => [node.id, node]))
  const steps = provenance.edges.map((edge, place) => ({
    place,
    edge,
    from: nodes.get(edge.from),
    to: nodes.get(edge.to),
  }))
  return (
    <Section
      id="provenance"
      title={`${count(steps.length, 'step')}, each with its receipt`}
      actions={<SaveProvenance run={run} />}
    >
      {steps.length === 0 ? <EmptyState says="Nothing is known of where it comes from." /> : null}
      <RowsTable
        caption="Where the result comes from"
        columns={[
          { head: 'What', cell: ({ from }) => <NodeText node={from} /> },
          { head: 'Relation', cell: ({ edge }) => provenanceSentence(edge.type) },
          { head: 'Of what', cell: ({ to }) => <NodeText node={to} /> },
          { head: 'Receipt', cell: ({ edge }) => <ReceiptChip id={edge.receipt} /> },
        ]}
        rows={steps.slice(0, shown)}
        keyOf={({ place }) => String(place)}
      />
      <ShowMore all={steps.length} shown={shown} onMore={() => setShown(shown + pageRows)} />
      <CommandLine command={`npx switchboard run provenance ${run.id} --format prov-json`} />
    </Section>
  )
}

function NodeText({ node }: { readonly node: Provenance['nodes'][number] | undefined }) {
  if (node === undefined) return '–'
  return (
    <Stack direction="row" spacing={0.75} useFlexGap sx={{ flexWrap: 'wrap', alignItems: 'center' }}>
      <Chip size="small" label={node.type} />
      <UntrustedText text={withShortIds(node.label)} most={160} />
    </Stack>
  )
}

/** Of an id its last letters: the first are the time it was made at. */
function withShortIds(label: string): string {
  return label.replaceAll(/\b([a-z]+)_[0-9a-f]{24}([0-9a-f]{8})\b/g, '$1_…$2')
}

/** The same in the form of W3C PROV that other programs read. */
function SaveProvenance({ run }: { readonly run: Run }) {
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState<ClientFault | Denial | undefined>()
  const save = async () => {
    setBusy(true)
    setFailed(undefined)
    try {
      const answer = await client.perform('run.provenance', { id: run.id, format: 'prov-json' })
      if (answer.ok)
        saveFile(
          `${run.id}.prov.json`,
          new TextEncoder().encode(answer.value.document ?? ''),
          'application/json',
        )
      else setFailed(answer.denial)
    } catch (error) {
      if (!(error instanceof ClientFault)) throw error
      setFailed(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Stack spacing={1} sx={{ alignItems: 'flex-end' }}>
      <Button
        size="small"
        variant="outlined"
        startIcon={<Icon name="download" />}
        loading={busy}
        onClick={() => void save()}
      >
        Save as PROV-JSON
      </Button>
      {failed === undefined ? null : failed instanceof ClientFault ? (
        <FaultNotice fault={failed} again={() => void save()} />
      ) : (
        <DenialCard denial={failed} />
      )}
    </Stack>
  )
}
