import type { Page } from 'playwright-core'

/** What a person needs of a control: a name for who cannot see it, enough of it to be hit, and nothing over it. */

interface AxNode {
  readonly ignored: boolean
  readonly role?: { readonly value?: unknown }
  readonly name?: { readonly value?: unknown }
  readonly backendDOMNodeId?: number
}

const controlRoles = /^(button|link|textbox|searchbox|slider|spinbutton|checkbox|radio|switch|combobox|listbox|option|tab|menuitem.*|toggleButton|popUpButton|dialog|application)$/i // prettier-ignore

/** Controls of the window's accessibility tree, as a screen reader has it, by role and name. */
export async function controlsOf(page: Page): Promise<{ role: string; name: string }[]> {
  const session = await page.context().newCDPSession(page)
  try {
    await session.send('Accessibility.enable')
    const { nodes } = (await session.send('Accessibility.getFullAXTree')) as { nodes: readonly AxNode[] }
    return nodes
      .filter((node) => !node.ignored && controlRoles.test(String(node.role?.value)))
      .map(({ role, name }) => ({ role: String(role?.value), name: String(name?.value ?? '').trim() }))
  } finally {
    await session.detach()
  }
}

/** Controls in sight that are smaller than `least` CSS pixels, or hidden in part, each described in a line. */
export function faultsOf(page: Page, least: number): Promise<string[]> {
  return page.evaluate((size) => {
    const faults: string[] = []
    const describe = (element: Element): string =>
      `${element.tagName.toLowerCase()} '${element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 40) ?? ''}'`
    /** What is left of an element's rectangle where it scrolls or is cut. */
    const clipped = (element: Element): DOMRect | null => {
      let { left, top, right, bottom } = element.getBoundingClientRect()
      for (let at = element.parentElement; at; at = at.parentElement) {
        const style = getComputedStyle(at)
        if (!/auto|scroll/.test(style.overflowX + style.overflowY)) continue
        const frame = at.getBoundingClientRect()
        left = Math.max(left, frame.left)
        top = Math.max(top, frame.top)
        right = Math.min(right, frame.right)
        bottom = Math.min(bottom, frame.bottom)
      }
      return right - left > 1 && bottom - top > 1 ? new DOMRect(left, top, right - left, bottom - top) : null
    }
    const modal = document.querySelector('dialog[open]')
    for (const element of (modal ?? document).querySelectorAll(
      'button, input, select, textarea, a[href], [role=option]',
    )) {
      // What is fading away takes no click any more.
      if (element.matches(':disabled') || element.closest('[inert]')) continue
      const whole = element.getBoundingClientRect()
      const seen = clipped(element)
      if (!seen || whole.width === 0 || !element.checkVisibility({ visibilityProperty: true })) continue
      if (whole.width < size - 0.5 || whole.height < size - 0.5) {
        faults.push(`${describe(element)} is ${whole.width.toFixed(0)} x ${whole.height.toFixed(0)}`)
      }
      if (whole.left < -0.5 || whole.right > innerWidth + 0.5 || whole.top < -0.5 || whole.bottom > innerHeight + 0.5) {
        if (seen.width > whole.width - 1 && seen.height > whole.height - 1)
          faults.push(`${describe(element)} is cut off`)
        continue
      }
      const stack = document.elementsFromPoint(seen.left + seen.width / 2, seen.top + seen.height / 2)
      // A message goes by itself, or by a click; its own buttons lie over all.
      const message = '[data-testid=toast]'
      const at = stack.find((over) => element.closest(message) !== null || !over.closest(message))
      const label = element.closest('label')
      if (at && !element.contains(at) && !label?.contains(at))
        faults.push(`${describe(element)} lies under ${describe(at)}`)
    }
    return faults
  }, least)
}
