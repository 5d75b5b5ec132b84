import { Typography } from '@mui/material'
import { useEffect } from 'react'
import { useSearchParams } from 'react-router'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { AllowedButton } from '../../parts/allowed-button.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { Section } from '../../parts/section.tsx'
import { exportCommand } from './bundle-request.ts'
import type { BundleInput } from './bundle-request.ts'
import { ExportedBundle } from './exported-bundle.tsx'

/** Exports what was previewed: the file where one person may, a review where a second one is needed. */
export function BundleExport({ input }: { readonly input: BundleInput }) {
  const [, setAddress] = useSearchParams()
  const act = useAct('evidence.export')
  const denial = act.data?.ok === false ? act.data.denial : undefined
  const task = denial?.code === 'approval_required' ? denial.params.taskId : undefined
  useEffect(() => {
    if (task === undefined) return
    // In the address, so that whoever comes back for the file finds it.
    setAddress(
      (before) => {
        const after = new URLSearchParams(before)
        after.set('review', task)
        return after
      },
      { replace: true, preventScrollReset: true },
    )
  }, [task, setAddress])
  return (
    <Section id="export" title="The file">
      <Typography variant="body2" color="textSecondary">
        Exporting leaves a receipt, which is in the bundle too.
      </Typography>
      <AllowedButton
        operation="evidence.export"
        variant="contained"
        loading={act.isPending}
        onClick={() => act.mutate(input)}
      >
        Export the bundle
      </AllowedButton>
      <CommandLine command={exportCommand(input)} />
      <Acted act={act}>{(value) => <ExportedBundle exported={value} />}</Acted>
    </Section>
  )
}
