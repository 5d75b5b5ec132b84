import { Link, Typography } from '@mui/material'
import { useEffect, useState } from 'react'
import { CommandLine } from '../../parts/command-line.tsx'
import { Page } from '../../parts/page.tsx'
import { Section } from '../../parts/section.tsx'
import { preloadVerifier, readRoots } from '../../verify/browser-verifier.ts'
import { VerifiedFile } from '../../verify/verified-file.tsx'
import { DropZone } from '../../parts/drop-zone.tsx'
import { EvidenceNav } from './evidence-nav.tsx'
import { TrustCard } from './trust-card.tsx'
import { useTrust } from './use-trust.ts'

/** Verifies a file that somebody has, against whom they trust, in this browser: the server is not asked and sees nothing. */
export function VerifyPage() {
  const given = useTrust()
  const [held, setHeld] = useState<{ readonly file: File; readonly isPackage: boolean }>()
  const [problem, setProblem] = useState('')
  useEffect(() => {
    // From then on the page works with the server stopped. If it fails, verifying says why.
    preloadVerifier().catch(() => undefined)
  }, [])

  async function take([chosen, ...more]: readonly File[]): Promise<void> {
    setProblem('')
    if (chosen === undefined) return
    if (more.length > 0) return setProblem('One file at a time: the result is about one file.')
    if (await isRoot(chosen))
      return setProblem(
        'This is a key or a checkpoint, not evidence. If it reached you by another way than the file, add it under “Whom you trust”.',
      )
    setHeld({ file: chosen, isPackage: await isGzip(chosen) })
  }

  const { file, isPackage = false } = held ?? {}
  const hasKey = given.has('log_key') || (isPackage && given.has('publisher_key'))
  return (
    <Page
      title="Verify"
      lead="A bundle, a receipt or a package, against keys that you hold. It happens in this browser; the file goes nowhere."
    >
      <EvidenceNav />
      <Section id="file" title="The file">
        <DropZone
          choose={file === undefined ? 'Choose a file' : 'Choose another file'}
          says="or drop a bundle, a receipt or a package here"
          onFiles={(files) => {
            take(files).catch(() => setProblem('The file cannot be read.'))
          }}
        />
        <Typography variant="body2" color="error" role="status" sx={{ '&:empty': { display: 'none' } }}>
          {problem}
        </Typography>
      </Section>
      <TrustCard given={given} />
      {file === undefined ? null : (
        <section aria-labelledby="verdict">
          <Typography variant="h2" id="verdict" sx={{ mb: 1 }}>
            The verdict
          </Typography>
          <VerifiedFile
            file={file}
            name={file.name}
            trust={hasKey ? given.trust : undefined}
            withoutTrust={
              isPackage
                ? 'Give the public key of a publisher whom you trust, above.'
                : 'Give the key of the log above. Ask its operator for it.'
            }
          />
        </section>
      )}
      <Section id="elsewhere" title="Without this server">
        <Typography variant="body2">
          Somebody outside has no account here. They verify the same with one page that loads nothing,{' '}
          <Link href="/verify">the verifier page</Link>, or by the command:
        </Typography>
        <CommandLine command="npx switchboard verify FILE --key KEY" />
      </Section>
    </Page>
  )
}

/** Keys are not taken from where evidence is given, not even by mistake. */
async function isRoot(file: File): Promise<boolean> {
  if (file.size === 0 || file.size > 100_000) return false
  const { roots, problems } = await readRoots(await file.text())
  return roots.length > 0 && problems.length === 0
}

/** Of all that is verified only packages are compressed as a whole. */
async function isGzip(file: File): Promise<boolean> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer())
  return first === 0x1f && second === 0x8b
}
