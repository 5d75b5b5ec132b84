import { useQueries } from '@tanstack/react-query'
import type { OperationByName, OutputOf } from '@switchboard/api'
import { readOptions, useRead } from '../../api/use-read.ts'
import { noAttack } from './attack.ts'
import type { Attack, OtherAnswer } from './attack.ts'
import type { RunDetail } from './attack-report.ts'
import { exhaustWays } from './attacks.ts'
import { useMay } from '../../app/use-permissions.ts'
import { useKept } from './use-kept.ts'

type RunSummary = OutputOf<OperationByName<'run.list'>>['rows'][number]

/** The attack of this page, or, after a reload, the last one as the server has its runs. */
export function useAttack(): readonly [Attack, (next: (before: Attack) => Attack) => void] {
  const [kept, change] = useKept('attack', noAttack)
  const isFresh = kept === noAttack
  const isAsked = useMay('run.list') && isFresh
  const escapes = useRead('run.list', { package: 'hostile-escape', limit: 1 }, { when: isAsked })
  const exhausts = useRead(
    'run.list',
    { package: 'hostile-exhaust', limit: exhaustWays.length },
    { when: isAsked },
  )
  const others = useRead('run.list', { package: 'ioc-triage', limit: 100 }, { when: isAsked })
  const listed = [escapes, exhausts].flatMap(({ data }) => (data?.ok === true ? data.value.rows : []))
  const runs = useQueries({
    queries: listed.map(({ id }) => ({ ...readOptions('run.detail', { id }), enabled: isFresh })),
    combine: (answers) => answers.flatMap(({ data }) => (data?.ok === true ? [data.value] : [])),
  })
  if (!isFresh || runs.length === 0) return [kept, change]
  const between = others.data?.ok === true ? others.data.value.rows : []
  return [{ ...noAttack, runs, answers: answersBetween(runs, between) }, change]
}

/** What another plugin answered while the attack was going on, by the times that the server kept. */
export function answersBetween(
  attack: readonly RunDetail[],
  others: readonly RunSummary[],
): readonly OtherAnswer[] {
  if (attack.length === 0) return []
  const from = Math.min(...attack.map(({ run }) => run.startedAt))
  const to = Math.max(...attack.map(({ run }) => run.endedAt ?? run.startedAt))
  return others
    .filter(({ startedAt, case: on }) => on === null && startedAt >= from && startedAt <= to)
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .map(({ startedAt, endedAt, state, receiptId }) => ({
      atMs: startedAt - from,
      tookMs: (endedAt ?? startedAt) - startedAt,
      answered: state === 'succeeded',
      during: attack.findLast(({ run }) => startedAt >= run.startedAt)?.run.package ?? '',
      receiptId: receiptId ?? undefined,
    }))
}
