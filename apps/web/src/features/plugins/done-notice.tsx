import { Alert, Stack } from '@mui/material'
import { createContext, useContext, useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'

interface Done {
  readonly says: ReactNode
  readonly receiptId: string | undefined
}
const Tell = createContext<(done: Done) => void>(() => undefined)

/** Says at the top of a page what was done, once its dialog has gone. */
export function useTell(): (done: Done) => void {
  return useContext(Tell)
}

/** Where {@link useTell} speaks. The focus goes there, since what opened the dialog may be gone with what it did. */
export function DoneNotice({ children }: { readonly children: ReactNode }) {
  const [done, setDone] = useState<Done>()
  const notice = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (done !== undefined) notice.current?.focus()
  }, [done])
  return (
    <Tell value={setDone}>
      {done === undefined ? null : (
        <Alert
          ref={notice}
          tabIndex={-1}
          role="status"
          severity="success"
          variant="outlined"
          closeText="Close this notice"
          onClose={() => setDone(undefined)}
        >
          <Stack spacing={1} sx={{ alignItems: 'flex-start' }}>
            <span>{done.says}</span>
            {done.receiptId === undefined ? null : <ReceiptChip id={done.receiptId} />}
          </Stack>
        </Alert>
      )}
      {children}
    </Tell>
  )
}
