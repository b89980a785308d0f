import { prefersReducedMotion } from 'svelte/motion'

/** How strips come and go: at once where the system asks for less motion. */
export function fading(): { duration: number } {
  return { duration: prefersReducedMotion.current ? 0 : 100 }
}
