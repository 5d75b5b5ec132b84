import { Typography } from '@mui/material'
import { Section } from '../../parts/section.tsx'
import { GrowthProof } from './growth-proof.tsx'
import { TrustForm } from './trust-form.tsx'
import { useTrust } from './use-trust.ts'

/** Whether logs only grew since checkpoints that somebody kept: the server proves it, and this browser checks. */
export function GrowthCard() {
  const given = useTrust()
  const checkpoints = given.roots.flatMap((root) => (root.kind === 'checkpoint' ? [root] : []))
  return (
    <Section id="growth" title="Did it only grow?">
      <Typography variant="body2" color="textSecondary">
        Give a checkpoint you kept and the key of the log. The server has to prove that its log of now begins
        with everything in yours; this browser checks the proof.
      </Typography>
      <TrustForm given={given} />
      {checkpoints.map(({ note, name }) => (
        <GrowthProof key={note} saved={note} origin={name} logKeys={given.trust.logKeys} />
      ))}
    </Section>
  )
}
