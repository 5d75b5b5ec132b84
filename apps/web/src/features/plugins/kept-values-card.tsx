import { Box, Typography } from '@mui/material'
import { useRead } from '../../api/use-read.ts'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { Answered } from '../../parts/answered.tsx'
import { bytes, count } from '../../parts/format.ts'
import { Section } from '../../parts/section.tsx'
import type { PackageDetail } from './consent.ts'
import { Permitted } from '../../parts/permitted.tsx'

/** How much the plugin keeps between runs, against its quota; never what. */
export function KeptValuesCard(props: {
  readonly detail: PackageDetail
  readonly open: (dialog: string) => void
}) {
  const { capabilities, installation, package: shown } = props.detail
  const mayKeep = capabilities.some(({ scope }) => scope === 'store:kv')
  return (
    <Section id="kept" title="Kept values">
      {!mayKeep ? (
        <Typography color="textSecondary">Its manifest does not name store:kv: it keeps nothing.</Typography>
      ) : installation === null ? (
        <Typography>It is not installed, and keeps nothing.</Typography>
      ) : (
        <Permitted operation="plugin.kv_usage">
          <Kept id={shown.name} clear={() => props.open('clear-values')} />
        </Permitted>
      )}
    </Section>
  )
}

function Kept({ id, clear }: { readonly id: string; readonly clear: () => void }) {
  const usage = useRead('plugin.kv_usage', {})
  return (
    <Answered read={usage}>
      {({ rows }) => {
        const row = rows.find((each) => each.id === id)
        return (
          <>
            <Typography>
              {row === undefined
                ? 'It keeps nothing so far.'
                : `It keeps ${count(row.keys, 'value')} of at most ${row.keysAllowed.toLocaleString('en')}: ${bytes(row.bytes)} of ${bytes(row.bytesAllowed)}.`}
            </Typography>
            <Box>
              <AllowedButton
                operation="plugin.kv_clear"
                variant="outlined"
                color="error"
                why={row === undefined || row.keys === 0 ? 'There is nothing to clear.' : undefined}
                onClick={clear}
              >
                Clear the kept values
              </AllowedButton>
            </Box>
          </>
        )
      }}
    </Answered>
  )
}
