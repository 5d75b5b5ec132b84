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
export function screen<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loading: Promise<ComponentType<P>> | undefined
  return function Screen(props: P) {
    loading ??= load().catch((cause: unknown) => {
      failed.add(() => (loading = undefined))
      throw new ScreenNotLoaded('The code of this page could not be loaded.', { cause })
    })
    const Loaded = use(loading)
    return <Loaded {...props} />
  }
}
