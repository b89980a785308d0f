/** Texture units of our own; NiiVue uses 0 to 10. */
export const units = { ct: 12, labels: 13, palette: 14 } as const

/**
 * The one fragment shader of all slices. `texPos` is NiiVue's: fractions of the volume, 0 and 1 at its outer edges.
 * CT by trilinear interpolation of the integer texture, windowed; labels by the nearest voxel, coloured by a palette whose
 * alpha hides it; outlines and crosshair with a constant width on the screen.
 */
export const sliceShader = `#version 300 es
precision highp float;
precision highp int;
uniform highp isampler3D ct;
uniform highp usampler3D labels;
uniform highp sampler2D palette;
uniform vec2 windowRange;
uniform float maskOpacity;
uniform float pixel;
uniform int axCorSag;
uniform int activeLabel;
uniform vec3 crosshair;
uniform float crosshairAlpha;
in vec3 texPos;
out vec4 color;

float ctAt(ivec3 p, ivec3 last) {
  return float(texelFetch(ct, clamp(p, ivec3(0), last), 0).r);
}

float interpolated(vec3 q, ivec3 last) {
  vec3 base = floor(q);
  vec3 f = q - base;
  ivec3 p = ivec3(base);
  const ivec2 s = ivec2(0, 1);
  float near = mix(mix(ctAt(p, last), ctAt(p + s.yxx, last), f.x),
                   mix(ctAt(p + s.xyx, last), ctAt(p + s.yyx, last), f.x), f.y);
  if (f.z < 0.001) return near;
  float far = mix(mix(ctAt(p + s.xxy, last), ctAt(p + s.yxy, last), f.x),
                  mix(ctAt(p + s.xyy, last), ctAt(p + s.yyy, last), f.x), f.y);
  return mix(near, far, f.z);
}

int labelAt(vec3 at, ivec3 n) {
  ivec3 p = clamp(ivec3(at * vec3(n)), ivec3(0), n - 1);
  return int(texelFetch(labels, p, 0).r);
}

vec3 withLabels(vec3 background, ivec3 n, vec3 dx, vec3 dy) {
  int label = labelAt(texPos, n);
  vec4 own = texelFetch(palette, ivec2(label, 0), 0);
  if (own.a <= 0.0) return background;
  float width = (label == activeLabel ? 1.5 : 0.8) * pixel;
  bool edge = labelAt(texPos + dx * width, n) != label || labelAt(texPos - dx * width, n) != label
           || labelAt(texPos + dy * width, n) != label || labelAt(texPos - dy * width, n) != label;
  float alpha = edge ? (label == activeLabel ? 1.0 : 0.75) : own.a * maskOpacity;
  return mix(background, own.rgb, alpha);
}

float line(float distance) {
  return 1.0 - smoothstep(0.5 * pixel, 1.0 * pixel, distance);
}

vec3 withCrosshair(vec3 background, vec3 across) {
  vec3 away = abs(texPos - crosshair) / across;
  vec2 d = axCorSag == 0 ? away.xy : (axCorSag == 1 ? away.xz : away.yz);
  float gap = 14.0 * pixel;
  float on = max(d.y > gap ? line(d.x) : 0.0, d.x > gap ? line(d.y) : 0.0);
  return mix(background, vec3(0.56, 0.84, 1.0), on * crosshairAlpha);
}

void main() {
  ivec3 n = textureSize(ct, 0);
  vec3 dx = dFdx(texPos);
  vec3 dy = dFdy(texPos);
  float hu = interpolated(texPos * vec3(n) - 0.5, n - 1);
  vec3 shown = vec3(clamp((hu - windowRange.x) / max(windowRange.y - windowRange.x, 1.0), 0.0, 1.0));
  shown = withLabels(shown, n, dx, dy);
  shown = withCrosshair(shown, max(abs(dx) + abs(dy), vec3(1e-9)));
  color = vec4(shown, 1.0);
}
`
