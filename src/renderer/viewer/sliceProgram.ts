import { sliceShader, units } from './sliceShader'
import type { TiledNiivue } from './tiledNiivue'

/** Sets a uniform; where the shader has none of the name, the place is null, and nothing happens. */
export type TellUniform = (gl: WebGL2RenderingContext, at: WebGLUniformLocation | null) => void

interface Made {
  readonly shader: NonNullable<TiledNiivue['customSliceShader']>
  readonly places: Map<string, WebGLUniformLocation | null>
}

/** The shader that NiiVue draws slices with, and what it was told: the other, taking its place, knows it, too. */
export class SliceProgram {
  private readonly told = new Map<string, TellUniform>()
  /** Each is made once, when it is first needed, by whether it knows of what is shown besides. */
  private readonly made = new Map<boolean, Made>()
  private used: Made | null = null

  constructor(private readonly nv: TiledNiivue) {
    // NiiVue draws as soon as it has a volume or a shader: the samplers must have their units before it has both.
    for (const [name, unit] of Object.entries(units)) this.told.set(name, (gl, at) => gl.uniform1i(at, unit))
    nv.ontile = (other) => this.set('showOther', (gl, at) => gl.uniform1i(at, other ? 1 : 0))
  }

  /** @param besides whether it is to know of what may be shown beside the case, which takes longer to draw */
  use(besides: boolean): void {
    const made = this.made.get(besides) ?? this.make(besides)
    if (this.used === made) return
    this.used = made
    this.nv.customSliceShader = made.shader
    for (const [name, tell] of this.told) this.set(name, tell)
  }

  private make(besides: boolean): Made {
    const { nv } = this
    // NiiVue would delete the one that it has.
    nv.customSliceShader = null
    nv.setCustomSliceShader(sliceShader(besides))
    const shader = nv.customSliceShader as Made['shader'] | null
    if (!shader) throw new Error('the shader of slices could not be made')
    const made = { shader, places: new Map() }
    this.made.set(besides, made)
    return made
  }

  tell(name: string, tell: TellUniform): void {
    this.told.set(name, tell)
    this.set(name, tell)
  }

  private set(name: string, tell: TellUniform): void {
    if (!this.used) return
    const { shader, places } = this.used
    const { gl } = this.nv
    shader.use(gl)
    let at = places.get(name)
    if (at === undefined) {
      at = gl.getUniformLocation(shader.program, name)
      places.set(name, at)
    }
    tell(gl, at)
  }
}
