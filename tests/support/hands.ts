import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'

/** Somebody who uses a page; what they do is the same whichever way they do it. */
export interface Hand {
  /** Presses a button, follows a link, ticks a box, opens a tab. */
  use(target: Locator): Promise<void>
  /** Replaces what a field holds. */
  write(field: Locator, text: string): Promise<void>
  /** Chooses an option of a list that opens. */
  choose(list: Locator, option: string | RegExp): Promise<void>
}

/** With the mouse, and keys only to type text. */
export function mouse(page: Page): Hand {
  return {
    use: (target) => target.click(),
    write: (field, text) => field.fill(text),
    async choose(list, option) {
      await list.click()
      await page.getByRole('option', { name: option, exact: true }).click()
    },
  }
}

const mostSteps = 400
const mostLooks = 20
const lookEveryMs = 50
/** As long as a click waits. */
const mostWaits = 30_000 / lookEveryMs

/** How an element and what is drawn around and in it look, as far as a focus may change it. */
async function looksOf(target: Locator): Promise<string> {
  return await target.evaluate((element) => {
    const around = element.parentElement?.parentElement ?? element
    return [around, ...around.querySelectorAll('*')]
      .slice(0, 200)
      .map((each) => {
        const { outline, boxShadow, borderColor, borderWidth, backgroundColor } = getComputedStyle(each)
        return [outline, boxShadow, borderColor, borderWidth, backgroundColor].join()
      })
      .join('\n')
  })
}

const aLookLater = () => new Promise((resolve) => setTimeout(resolve, lookEveryMs))

/** Whether it comes to look another way than before; a colour may be on its way. */
async function changes(target: Locator, before: string): Promise<boolean> {
  for (let look = 0; look < mostLooks; look += 1) {
    if ((await looksOf(target)) !== before) return true
    await aLookLater()
  }
  return false
}

/**
 * With the keyboard alone: whatever is used must be reached by Tab (or arrows, within tabs and lists), must show that it
 * has the focus, and must do by Enter or Space what it does by a click.
 */
export function keyboard(page: Page): Hand {
  async function reach(target: Locator): Promise<void> {
    await target.waitFor()
    // A person too waits until what they want to press is no longer grey.
    for (let wait = 0; wait < mostWaits && (await target.isDisabled()); wait += 1) await aLookLater()
    const before = await looksOf(target)
    for (let step = 0; step < mostSteps; step += 1) {
      const where = await target.evaluate((wanted) => {
        const at = document.activeElement
        if (at === wanted) return wanted.matches(':focus-visible') ? 'here' : 'here, unseen'
        // Radios, tabs and menus are one stop each, in which arrows move.
        const group = wanted.closest(
          '[role="tablist"], [role="radiogroup"], [role="menu"], [role="listbox"], [role="toolbar"]',
        )
        return group?.contains(at) === true ? 'in its group' : 'elsewhere'
      })
      assert.notEqual(where, 'here, unseen', `${String(target)} has the focus and does not show it`)
      if (where === 'here') {
        // What had the focus from the start cannot be compared; it was given by what was used before.
        if (step > 0 && !(await changes(target, before)))
          assert.fail(`${String(target)} has the focus and does not show it`)
        // A page that puts the focus somewhere itself may have done so meanwhile.
        if (await target.evaluate((wanted) => document.activeElement === wanted)) return
      }
      await page.keyboard.press(where === 'in its group' ? 'ArrowRight' : 'Tab')
    }
    assert.fail(`${String(target)} cannot be reached by keyboard in ${mostSteps} steps`)
  }
  async function canBeTicked(target: Locator): Promise<boolean> {
    return await target.evaluate((element) =>
      element.matches('input[type=checkbox], input[type=radio], [role=switch]'),
    )
  }
  return {
    async use(target) {
      await reach(target)
      await page.keyboard.press((await canBeTicked(target)) ? 'Space' : 'Enter')
    },
    async write(field, text) {
      await reach(field)
      await page.keyboard.press('Control+a')
      await page.keyboard.press('Delete')
      await page.keyboard.insertText(text)
    },
    async choose(list, option) {
      await reach(list)
      await page.keyboard.press('Enter')
      const wanted = page.getByRole('option', { name: option, exact: true })
      await wanted.waitFor()
      for (let step = 0; step < mostSteps; step += 1) {
        if (await wanted.evaluate((element) => element === document.activeElement)) break
        await page.keyboard.press('ArrowDown')
      }
      await page.keyboard.press('Enter')
      await wanted.waitFor({ state: 'detached' })
    },
  }
}
