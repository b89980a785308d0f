import { NiivueAdapter } from './niivueAdapter'

/** The element that NiiVue draws in, with its adapter: made once, moved to wherever images are shown. */
export class Stage {
  readonly element: HTMLElement
  /** Fails where the machine has no WebGL 2. */
  readonly adapter: Promise<NiivueAdapter>

  constructor() {
    this.element = document.createElement('div')
    this.element.style.cssText = 'position: absolute; inset: 0'
    const canvas = document.createElement('canvas')
    this.element.append(canvas)
    this.adapter = NiivueAdapter.attach(canvas)
  }
}
