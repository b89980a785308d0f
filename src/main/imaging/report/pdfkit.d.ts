/** pdfkit ships no types; this is the part of it that is used. Lengths are points, y runs down. */
declare module 'pdfkit' {
  interface TextOptions {
    readonly width?: number
    readonly align?: 'left' | 'right' | 'center'
    readonly lineBreak?: boolean
  }
  interface PageMargins {
    top: number
    bottom: number
    left: number
    right: number
  }
  export default class PdfDocument {
    constructor(options: {
      size: 'A4'
      margin: number
      bufferPages?: boolean
      compress?: boolean
      info: { Title: string; Author: string; Subject: string; Creator: string; CreationDate: Date }
    })
    readonly page: { readonly width: number; readonly height: number; readonly margins: PageMargins }
    y: number
    on(event: 'data', listener: (chunk: Uint8Array) => void): this
    on(event: 'end', listener: () => void): this
    on(event: 'error', listener: (error: Error) => void): this
    font(name: 'Helvetica' | 'Helvetica-Bold'): this
    fontSize(points: number): this
    fillColor(color: string): this
    strokeColor(color: string): this
    lineWidth(points: number): this
    text(text: string, x: number, y: number, options?: TextOptions): this
    heightOfString(text: string, options?: TextOptions): number
    image(png: Uint8Array, x: number, y: number, options: { fit: readonly [number, number] }): this
    rect(x: number, y: number, width: number, height: number): this
    moveTo(x: number, y: number): this
    lineTo(x: number, y: number): this
    fill(): this
    stroke(): this
    addPage(): this
    bufferedPageRange(): { readonly start: number; readonly count: number }
    switchToPage(page: number): this
    end(): void
  }
}
