import { Component } from 'react'
import type { ReactNode } from 'react'

interface Props {
  readonly children: ReactNode
  readonly otherwise: ReactNode
}

/** A schema by a stranger that the form library fails on must not take the page with it. Only a class can catch that. */
export class FormBoundary extends Component<Props, { readonly failed: boolean }> {
  override readonly state = { failed: false }

  static getDerivedStateFromError(): { readonly failed: boolean } {
    return { failed: true }
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.otherwise : this.props.children
  }
}
