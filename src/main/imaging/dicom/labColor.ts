/**
 * '#rrggbb' (sRGB) as DICOM writes colours: CIELab relative to D50, each part scaled to 16 bits (PS3.3 C.10.7.1.1).
 * sRGB to XYZ with the Bradford-adapted D50 matrix (Lindbloom).
 */
export function labOfHex(hex: string): [number, number, number] {
  const [r, g, b] = [1, 3, 5].map((at) => linear(parseInt(hex.slice(at, at + 2), 16) / 255))
  const x = 0.4360747 * r + 0.3850649 * g + 0.1430804 * b
  const y = 0.2225045 * r + 0.7168786 * g + 0.0606169 * b
  const z = 0.0139322 * r + 0.0971045 * g + 0.7141733 * b
  const [fx, fy, fz] = [x / 0.96422, y, z / 0.82521].map(bend)
  const scaled = (value: number, low: number, range: number): number =>
    Math.round(Math.min(1, Math.max(0, (value - low) / range)) * 65535)
  return [scaled(116 * fy - 16, 0, 100), scaled(500 * (fx - fy), -128, 255), scaled(200 * (fy - fz), -128, 255)]
}

const linear = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)

const bend = (v: number): number => (v > 216 / 24389 ? Math.cbrt(v) : ((24389 / 27) * v + 16) / 116)
