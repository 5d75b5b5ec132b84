import { Typography } from '@mui/material'
import { useState } from 'react'
import { useAct } from '../../api/use-act.ts'
import { Acted } from '../../parts/acted.tsx'
import { CommandLine } from '../../parts/command-line.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import type { FoundCase } from './found-case.ts'
import { MarkingField } from './marking-field.tsx'
import { isBound, isWithin, paps, tlps } from '../../parts/markings.ts'
import type { Pap, Tlp } from '../../parts/markings.ts'
import { useInstalledPlugins } from './use-installed-plugins.ts'
import type { PluginDetail } from './use-installed-plugins.ts'

type DialogProps = { readonly found: FoundCase; readonly onClose: () => void }

/** Changes a marking, after saying what follows from it. */
export function MarkingDialog({ kind, ...props }: { readonly kind: 'TLP' | 'PAP' } & DialogProps) {
  return kind === 'TLP' ? <TlpDialog {...props} /> : <PapDialog {...props} />
}

function TlpDialog({ found, onClose }: DialogProps) {
  const [tlp, setTlp] = useState<Tlp>(found.tlp)
  const act = useAct('case.set_tlp')
  const change = async () => {
    if ((await act.mutateAsync({ id: found.id, tlp })).ok) onClose()
  }
  return (
    <ConfirmDialog
      title="Change the TLP of this case"
      confirm={`Mark the case TLP:${tlp}`}
      isBusy={act.isPending}
      outcome={<Acted act={act} />}
      // A fault is shown from the mutation's own state.
      onConfirm={() => void change().catch(() => undefined)}
      onClose={onClose}
    >
      <Typography>The case is marked TLP:{found.tlp}.</Typography>
      <MarkingField kind="TLP" values={tlps} value={tlp} onChange={setTlp} />
      <Typography>
        {isBound(tlp)
          ? `With TLP:${tlp}, an export of its evidence waits until a second person approves it. So does taking this marking back.`
          : `With TLP:${tlp}, whoever may export evidence exports that of this case alone.`}
      </Typography>
      <Refused
        order={tlps}
        marking={tlp}
        kind="TLP"
        ceilingOf={({ installation }) => installation?.ceilings.tlp}
      />
      {isBound(found.tlp) ? <NeedsSecond /> : null}
      <CommandLine command={`npx switchboard case tlp ${found.id} ${tlp}`} />
    </ConfirmDialog>
  )
}

function PapDialog({ found, onClose }: DialogProps) {
  const [pap, setPap] = useState<Pap>(found.pap)
  const act = useAct('case.set_pap')
  const change = async () => {
    if ((await act.mutateAsync({ id: found.id, pap })).ok) onClose()
  }
  return (
    <ConfirmDialog
      title="Change the PAP of this case"
      confirm={`Mark the case PAP:${pap}`}
      isBusy={act.isPending}
      outcome={<Acted act={act} />}
      // A fault is shown from the mutation's own state.
      onConfirm={() => void change().catch(() => undefined)}
      onClose={onClose}
    >
      <Typography>The case is marked PAP:{found.pap}.</Typography>
      <MarkingField kind="PAP" values={paps} value={pap} onChange={setPap} />
      <Typography>
        A plugin whose ceiling is below PAP:{pap} is refused everything on this case.
        {isBound(pap) ? ' Taking this marking back waits until a second person approves it.' : ''}
        {pap === 'RED' ? ' No run on it asks anything outside, whatever the ceiling.' : ''}
      </Typography>
      <Refused
        order={paps}
        marking={pap}
        kind="PAP"
        ceilingOf={({ installation }) => installation?.ceilings.pap}
      />
      {isBound(found.pap) ? <NeedsSecond /> : null}
      <CommandLine command={`npx switchboard case pap ${found.id} ${pap}`} />
    </ConfirmDialog>
  )
}

function NeedsSecond() {
  return (
    <Typography>
      <strong>The marking it has now is above GREEN:</strong> your change waits until a reviewer approves it.
    </Typography>
  )
}

/** Which of the installed plugins could not be used on the case any more. */
function Refused<Marking extends Tlp | Pap>(props: {
  readonly kind: 'TLP' | 'PAP'
  readonly order: readonly Marking[]
  readonly marking: Marking
  readonly ceilingOf: (plugin: PluginDetail) => Marking | undefined
}) {
  const { kind, order, marking, ceilingOf } = props
  const plugins = useInstalledPlugins()
  if (plugins === undefined) return null
  const refused = plugins.flatMap((plugin) => {
    const ceiling = ceilingOf(plugin)
    return ceiling === undefined || isWithin(order, marking, ceiling)
      ? []
      : [`${plugin.package.name} (up to ${kind}:${ceiling})`]
  })
  if (refused.length > 0) return <Typography>Not to be used on it then: {refused.join(', ')}.</Typography>
  return (
    <Typography>
      {plugins.length === 0 ? 'No plugin is installed.' : 'Every plugin that is installed may be used on it.'}
    </Typography>
  )
}
