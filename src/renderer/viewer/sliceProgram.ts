import { sliceShader, units } from './sliceShader'
import type { TiledNiivue } from './tiledNiivue'

/** Sets a uniform; where the shader has none of the name, the place is null, and nothing happens. */
export type TellUniform = (gl: WebGL2RenderingContext, at: WebGLUniformLocation | null) => void

/** The shader that NiiVue draws slices with, and what it was told: the next that takes its place knows it, too. */
export class SliceProgram {
  private readonly told = new Map<string, TellUniform>()
  private places = new Map<string, WebGLUniformLocation | null>()
  /** Of the shader in use; null before the first. */
  private besides: boolean | null = null

  constructor(private readonly nv: TiledNiivue) {
    // NiiVue draws as soon as it has a volume or a shader: the samplers must have their units before it has both.
    for (const [name, unit] of Object.entries(units)) this.told.set(name, (gl, at) => gl.uniform1i(at, unit))
    nv.ontile = (other) => this.set('showOther', (gl, at) => gl.uniform1i(at, other ? 1 : 0))
  }

  /** @param besides whether it is to know of what may be shown beside the case, which takes longer to draw */
  use(besides: boolean): void {
    if (this.besides === besides) return
    this.besides = besides
    const { nv } = this
    nv.setCustomSliceShader(sliceShader(besides))
    this.places = new Map()
    for (const [name, tell] of this.told) this.set(name, tell)
  }

  tell(name: string, tell: TellUniform): void {
    this.told.set(name, tell)
    this.set(name, tell)
  }

  private set(name: string, tell: TellUniform): void {
    const { gl, customSliceShader: shader } = this.nv
    if (!shader) return
    shader.use(gl)
    let at = this.places.get(name)
    if (at === undefined) {
      at = gl.getUniformLocation(shader.program, name)
      this.places.set(name, at)
    }
    tell(gl, at)
  }
}
