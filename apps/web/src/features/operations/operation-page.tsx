import { Alert, Card, CardContent, Stack, Typography } from '@mui/material'
import { findOperation } from '@switchboard/api'
import type { OperationName, OperationSpec } from '@switchboard/api'
import { useState } from 'react'
import { useParams } from 'react-router'
import { useAct } from '../../api/use-act.ts'
import { NotFoundPage } from '../../app/not-found-page.tsx'
import { usePermissions } from '../../app/use-permissions.ts'
import { SchemaForm } from '../../forms/schema-form.tsx'
import { FaultNotice } from '../../parts/answered.tsx'
import { DenialCard } from '../../parts/denial-card.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Page } from '../../parts/page.tsx'
import { ReceiptChip } from '../../parts/receipt-chip.tsx'

/** Any operation of the catalogue, by a form drawn from its schema. What has a screen of its own is nicer there. */
export function OperationPage() {
  const { operation = '' } = useParams()
  const spec: OperationSpec | undefined = findOperation(operation)
  return spec?.rest === undefined ? <NotFoundPage /> : <OperationForm key={spec.name} spec={spec} />
}

function OperationForm({ spec }: { readonly spec: OperationSpec }) {
  // The name is one of the catalogue, since it was found there.
  const name = spec.name as OperationName
  const [input, setInput] = useState<unknown>({})
  const act = useAct(name, { withoutKey: spec.secretOutput === true || spec.secretInput !== undefined })
  const permission = usePermissions()?.get(name)
  return (
    <Page title={spec.summary} lead={spec.description}>
      {permission?.may === false ? (
        <Alert severity="warning" variant="outlined">
          Your roles may not do this. {permission.roles.join(' or ') || 'No role'} may; the server will refuse
          it and leave a receipt.
        </Alert>
      ) : null}
      <Card>
        <CardContent>
          <SchemaForm
            schema={spec.input}
            value={input}
            submitLabel={spec.summary}
            isBusy={act.isPending}
            onChange={setInput}
            // The schema has been checked by the form, and the gate checks it again.
            onSubmit={(value) => act.mutate(value as never)}
          />
        </CardContent>
      </Card>
      <Stack spacing={2} aria-live="polite">
        {act.error === null ? null : <FaultNotice fault={act.error} />}
        {act.data === undefined ? null : act.data.ok ? (
          <Card>
            <CardContent>
              <Stack spacing={1}>
                <Typography variant="h2">Done</Typography>
                <JsonView value={act.data.value} />
                {act.data.receiptId === undefined ? null : (
                  <Stack direction="row">
                    <ReceiptChip id={act.data.receiptId} />
                  </Stack>
                )}
              </Stack>
            </CardContent>
          </Card>
        ) : (
          <DenialCard denial={act.data.denial} receiptId={act.data.receiptId} />
        )}
      </Stack>
    </Page>
  )
}
