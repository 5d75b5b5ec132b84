import { Alert, AlertTitle, Button, Stack, Typography } from '@mui/material'
import { Component } from 'react'
import type { ReactNode } from 'react'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { forgetFailedScreens, ScreenNotLoaded } from './screen.tsx'

interface Props {
  /** Where it is: somewhere else, a page is tried anew. */
  readonly place: string
  readonly children: ReactNode
}

/**
 * A bug in a page ends here: the frame around it stays, and somebody can go on. It is said to be ours, because it is; what
 * went wrong inside is one line to report, and never a stack.
 */
export class PageBoundary extends Component<Props, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: undefined }

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error: error ?? new Error('nothing was said') }
  }

  override componentDidUpdate(before: Props): void {
    if (before.place !== this.props.place && this.state.error !== undefined) this.#again()
  }

  #again = (): void => {
    forgetFailedScreens()
    this.setState({ error: undefined })
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === undefined) return this.props.children
    const notLoaded = error instanceof ScreenNotLoaded
    return (
      <Alert severity="error" variant="outlined" sx={{ my: 2 }}>
        <AlertTitle>
          {notLoaded ? 'This page could not be loaded' : 'This page of the console broke'}
        </AlertTitle>
        <Stack spacing={2} sx={{ alignItems: 'flex-start' }}>
          <Typography>
            {notLoaded
              ? 'Either the server does not answer, or it has a newer console than this page. Try again; if that does not help, reload the page.'
              : 'That is a fault of the console, not of anything you did, and nothing was done on the server by it. Try again, or go to another page.'}
          </Typography>
          {notLoaded ? null : (
            <Typography variant="body2" color="textSecondary">
              To report it: <UntrustedText text={lineOf(error)} most={200} />
            </Typography>
          )}
          <Stack direction="row" spacing={1}>
            <Button variant="contained" onClick={this.#again}>
              Try again
            </Button>
            <Button variant="outlined" onClick={() => location.reload()}>
              Reload the page
            </Button>
          </Stack>
        </Stack>
      </Alert>
    )
  }
}

function lineOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).split('\n')[0] ?? ''
}
