import { Alert, AlertTitle, Stack } from '@mui/material'
import type { OperationByName, OutputOf } from '@switchboard/api'
import type { GrowthReport } from '@switchboard/verifier/worker-client'
import { useEffect, useState } from 'react'
import { useRead } from '../../api/use-read.ts'
import { Answered } from '../../parts/answered.tsx'
import { Icon } from '../../parts/icons.tsx'
import { UntrustedText } from '../../parts/untrusted-text.tsx'
import { count } from '../../parts/format.ts'
import { verifyGrowth } from '../../verify/browser-verifier.ts'
import { FindingItem } from '../../verify/verdict-findings.tsx'
import { sizeOf } from './checkpoint-note.ts'

type Said = OutputOf<OperationByName<'log.consistency'>>

interface Kept {
  /** A signed checkpoint that somebody kept. */
  readonly saved: string
  readonly origin: string
  readonly logKeys: readonly string[]
}

/** The proof for one kept checkpoint: asked for when its log is one of ours and there is a key to check it with. */
export function GrowthProof(kept: Kept) {
  const checkpoint = useRead('checkpoint.read', {})
  const log = checkpoint.data?.ok === true ? checkpoint.data.value.logs.find(isOf(kept.origin)) : undefined
  const from = sizeOf(kept.saved)
  const canAsk = log !== undefined && kept.logKeys.length > 0
  const said = useRead('log.consistency', { class: classOf(log?.class), from }, { when: canAsk })
  if (checkpoint.data !== undefined && log === undefined)
    return (
      <Alert severity="warning" variant="outlined">
        None of your organisation’s logs is <UntrustedText text={kept.origin} most={200} />.
      </Alert>
    )
  if (kept.logKeys.length === 0)
    return (
      <Alert severity="info" variant="outlined">
        Give the key of the log too: without it nobody can tell who signed your checkpoint.
      </Alert>
    )
  return <Answered read={said}>{(value) => <Checked {...kept} said={value} />}</Answered>
}

function Checked({ saved, logKeys, said }: Kept & { readonly said: Said }) {
  const [report, setReport] = useState<GrowthReport>()
  const [problem, setProblem] = useState<string>()
  const keys = logKeys.join('\n')
  useEffect(() => {
    let wanted = true
    setReport(undefined)
    verifyGrowth(saved, said, keys.split('\n')).then(
      (found) => {
        if (wanted) setReport(found)
      },
      (error: unknown) => {
        if (wanted) setProblem(error instanceof Error ? error.message : String(error))
      },
    )
    return () => {
      wanted = false
    }
  }, [saved, said, keys])
  if (problem !== undefined)
    return (
      <Alert severity="error" variant="outlined">
        <AlertTitle>The verifier failed; nothing is proved</AlertTitle>
        {problem}
      </Alert>
    )
  if (report === undefined) return null
  return (
    <Alert
      severity={report.ok ? 'success' : 'error'}
      variant="outlined"
      role="status"
      icon={<Icon name={report.ok ? 'check' : 'cross'} />}
    >
      <AlertTitle>
        {report.ok ? 'Green: the log only grew' : 'Red: that it only grew is not proved'}
      </AlertTitle>
      {report.ok ? (
        <>
          From {report.from.toLocaleString('en')} to {(report.to ?? 0).toLocaleString('en')} entries: nothing
          that your checkpoint covers was changed or removed. The proof has{' '}
          {count(said.proof.length, 'hash', 'hashes')}.
        </>
      ) : (
        <Stack component="ul" spacing={1} sx={{ listStyle: 'none', m: 0, p: 0 }}>
          {report.findings.map(({ severity, where, rule, message }) => (
            <FindingItem
              key={`${where} ${rule}`}
              isRed={severity === 'red'}
              where={where}
              rule={rule}
              message={message}
            />
          ))}
        </Stack>
      )}
    </Alert>
  )
}

function isOf(origin: string) {
  return (log: { readonly origin: string }) => log.origin === origin
}

function classOf(name: string | undefined): 'standard' | 'short' | 'long' {
  return name === 'short' || name === 'long' ? name : 'standard'
}
