import { Accordion, AccordionDetails, AccordionSummary, Box, Typography } from '@mui/material'
import type { ReactNode } from 'react'
import { CommandLine } from '../../parts/command-line.tsx'
import { Icon } from '../../parts/icons.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Section } from '../../parts/section.tsx'
import { hexLines } from './part-states.ts'
import type { FoundReceipt } from './receipt-proof.tsx'

/** The receipt as bytes and as JSON, for who checks it with tools of their own. */
export function ReceiptRaw({ found }: { readonly found: FoundReceipt }) {
  return (
    <Section id="raw" title="As it is stored">
      <CommandLine command={`npx switchboard receipt read ${found.receipt.id}`} />
      <div>
        <Fold title="Leaf hash: SHA-256 of a zero byte and the entry">
          <Block>{found.leaf}</Block>
        </Fold>
        <Fold title={`Entry: ${atob(found.entry).length} bytes, as the log holds them`}>
          <Block>{hexLines(found.entry)}</Block>
        </Fold>
        <Fold title="JSON: all that the server answers">
          <JsonView value={found} />
        </Fold>
      </div>
    </Section>
  )
}

function Fold({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Accordion
      variant="outlined"
      disableGutters
      slotProps={{ heading: { component: 'h3' }, transition: { unmountOnExit: true } }}
    >
      <AccordionSummary expandIcon={<Icon name="expand" />}>
        <Typography variant="body2">{title}</Typography>
      </AccordionSummary>
      <AccordionDetails>{children}</AccordionDetails>
    </Accordion>
  )
}

function Block({ children }: { readonly children: string }) {
  return (
    <Box
      component="pre"
      tabIndex={0}
      sx={{ m: 0, overflow: 'auto', p: 1.5, bgcolor: 'action.hover', borderRadius: 1 }}
    >
      {children}
    </Box>
  )
}
