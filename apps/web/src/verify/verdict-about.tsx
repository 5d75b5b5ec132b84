import { accounted } from '@switchboard/verifier/verdict-words'
import type { Verdict } from '@switchboard/verifier/worker-client'
import { count } from '../parts/format.ts'
import { Instant } from '../parts/instant.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'

type Bundle = Extract<Verdict, { kind: 'bundle' }>['report']

/** What the verdict is about, in a sentence. */
export function VerdictAbout({ verdict }: { readonly verdict: Verdict }) {
  if (verdict.kind === 'package') {
    const { report } = verdict
    if (!report.ok) return 'Its content, its list of files or its signature does not fit.'
    return (
      <>
        <UntrustedText text={`${report.name} ${report.version}`} />, signed by{' '}
        <UntrustedText text={report.publisher} />.
      </>
    )
  }
  const { report } = verdict
  if (!report.ok) {
    const red = report.findings.filter(({ severity }) => severity === 'red')
    const [first] = red
    if (first === undefined) return null
    return (
      <>
        {count(red.length, 'finding')}. First: <UntrustedText text={first.where} />:{' '}
        <UntrustedText text={first.message} />
      </>
    )
  }
  if (verdict.kind === 'receipt')
    return `${count(report.summary.receipts, 'receipt')}, in the log that the key’s owner signed.`
  return <BundleAbout report={verdict.report} />
}

function BundleAbout({ report }: { readonly report: Bundle }) {
  const { about, logs } = report
  if (about === undefined) return `${count(report.summary.receipts, 'receipt')}.`
  const [first, ...others] = logs
  const isWhole = logs.some(({ complete }) => complete.length > 0)
  return (
    <>
      <Subject kind={about.kind} scope={{ ...about.scope }} />, exported <Instant ms={about.createdAt} /> from{' '}
      {others.length === 0 ? 'the log ' : `${logs.length} logs of `}
      <UntrustedText
        text={others.length === 0 ? (first?.origin ?? about.origin) : (first?.origin.split('/')[0] ?? '')}
      />
      .{' '}
      {isWhole ? (
        <>
          <strong>Nothing in between is missing</strong>: {accounted(report)}
        </>
      ) : null}
    </>
  )
}

function Subject({
  kind,
  scope,
}: {
  readonly kind: string
  readonly scope: Readonly<Record<string, unknown>>
}) {
  if (kind === 'period')
    return (
      <>
        The period from <Instant ms={Number(scope['fromAt'])} /> to <Instant ms={Number(scope['toAt'])} />
      </>
    )
  const named = scope[kind]
  const before = kind === 'case' ? 'The case ' : kind === 'release' ? 'The release ' : ''
  return (
    <>
      {before}
      <UntrustedText text={typeof named === 'string' ? named : kind} />
    </>
  )
}
