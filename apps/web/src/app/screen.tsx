import { use } from 'react'
import type { ComponentType } from 'react'

/** The code of a screen did not come: the server does not answer, or is newer than this page and has other files. */
export class ScreenNotLoaded extends Error {
  override readonly name = 'ScreenNotLoaded'
}

const failed = new Set<() => void>()

/** Screens that could not be loaded are asked for again when they are shown next. */
export function forgetFailedScreens(): void {
  for (const forget of failed) forget()
  failed.clear()
}

/**
 * A part of the console whose code is loaded when it is first shown. Unlike React's `lazy` it does not keep a failure for
 * ever: a server that was away for a moment must not cost somebody the page.
 */
export function screen<P extends object>(
  load: () => Promise<ComponentType<P>>,
): ComponentType<P> & { readonly begin: () => void } {
  let loading: Promise<ComponentType<P>> | undefined
  const loaded = () =>
    (loading ??= load().catch((cause: unknown) => {
      failed.add(() => (loading = undefined))
      throw new ScreenNotLoaded('The code of this page could not be loaded.', { cause })
    }))
  function Screen(props: P) {
    const Loaded = use(loaded())
    return <Loaded {...props} />
  }
  return Object.assign(Screen, {
    // A failure is said by the screen when it is shown.
    begin: () => void loaded().catch(() => undefined),
  })
}
