import type { Action } from '../actions/action'

/** How well a title fits what was typed: higher is better, null where letters are missing. Whole words and starts count most. */
export function fit(title: string, typed: string): number | null {
  const text = title.toLowerCase()
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  let total = 0
  for (const word of words) {
    const at = text.indexOf(word)
    if (at === 0) total += 4
    else if (at > 0 && /\W/.test(text[at - 1])) total += 3
    else if (at > 0) total += 2
    else if (inOrder(text, word)) total += 0.5
    else return null
  }
  return total - title.length / 1000
}

function inOrder(text: string, letters: string): boolean {
  let from = 0
  return [...letters].every((letter) => {
    const at = text.indexOf(letter, from)
    from = at + 1
    return at >= 0
  })
}

/** The actions that what was typed finds, best first; all in their own order where nothing was typed. */
export function foundActions(actions: readonly Action[], typed: string): readonly Action[] {
  return actions
    .filter((action) => !action.series)
    .map((action) => ({ action, score: fit(action.title, typed) }))
    .filter(({ score }) => score !== null)
    .sort((a, b) => (typed.trim() === '' ? 0 : (b.score ?? 0) - (a.score ?? 0)))
    .map(({ action }) => action)
}
