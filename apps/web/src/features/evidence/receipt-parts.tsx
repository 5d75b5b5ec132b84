import { Accordion, AccordionDetails, AccordionSummary, Chip, Stack, Typography } from '@mui/material'
import { Icon } from '../../parts/icons.tsx'
import type { IconName } from '../../parts/icons.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Section } from '../../parts/section.tsx'
import { partNames, partStates } from './part-states.ts'
import type { PartState } from './part-states.ts'

const looks: Readonly<Record<PartState['state'], readonly [IconName, string]>> = {
  opened: ['check', 'Value and salt are here, and fit what the log committed to.'],
  folded: ['lock', 'This receipt was folded: times, counts and leaf hash are left, its parts are gone.'],
  erased: [
    'lock',
    'It named somebody who was erased, or its key is destroyed. The log still proves that it was there.',
  ],
}

/** The six parts of a receipt, each as far as it can still be shown, and said why where it cannot. */
export function ReceiptParts({ parts, entry }: { readonly parts: unknown; readonly entry: string }) {
  return (
    <Section id="parts" title="Its parts">
      <Typography variant="body2" color="textSecondary" sx={{ mb: 1 }}>
        Each is committed to on its own, so one can be closed in a bundle without changing a hash.
      </Typography>
      {partStates(parts, entry).map(({ name, state, value }) => {
        const [icon, why] = looks[state]
        return (
          <Accordion
            key={name}
            variant="outlined"
            disableGutters
            slotProps={{ heading: { component: 'h3' } }}
          >
            <AccordionSummary expandIcon={<Icon name="expand" />}>
              <Stack direction="row" spacing={1} useFlexGap sx={{ alignItems: 'center', flexWrap: 'wrap' }}>
                <Typography sx={{ fontWeight: 650, minWidth: 72 }}>{name}</Typography>
                <Chip size="small" variant="outlined" icon={<Icon name={icon} />} label={state} />
                <Typography variant="body2" color="textSecondary">
                  {partNames[name]}
                </Typography>
              </Stack>
            </AccordionSummary>
            <AccordionDetails>
              <Stack spacing={1}>
                <Typography variant="body2">{why}</Typography>
                {state === 'opened' ? <JsonView value={value} /> : null}
              </Stack>
            </AccordionDetails>
          </Accordion>
        )
      })}
    </Section>
  )
}
