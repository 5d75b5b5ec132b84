import { TextField, Typography } from '@mui/material'
import { Section } from '../../parts/section.tsx'
import { TrustForm } from './trust-form.tsx'
import type { TrustGiven } from './use-trust.ts'

/** Whom the reader trusts. Nothing here comes out of the file that is verified. */
export function TrustCard({ given }: { readonly given: TrustGiven }) {
  return (
    <Section id="trust" title="Whom you trust">
      <Typography variant="body2" color="textSecondary">
        Keys of logs and witnesses (name+hash+key), public keys of publishers (PEM), checkpoints you kept.
        They must have reached you by another way than the file: whoever sends both vouches for themselves.
      </Typography>
      <TrustForm given={given} />
      <TextField
        label="Witnesses that must have signed"
        type="number"
        size="small"
        value={given.witnessesNeeded}
        onChange={(event) => given.needWitnesses(Number(event.target.value))}
        slotProps={{ htmlInput: { min: 0, max: 32 } }}
        sx={{ maxWidth: 260 }}
      />
    </Section>
  )
}
