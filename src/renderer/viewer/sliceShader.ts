/** A slice of the other picture is drawn this many times as large as the volume's. */
export const beyond = 5

/** Texture units of our own; NiiVue uses 0 to 10. */
export const units = { ct: 12, labels: 13, palette: 14, heat: 15, otherCt: 16, otherLabels: 17 } as const

/**
 * The fragment shader of all slices. `texPos` is NiiVue's: fractions of the volume, 0 and 1 at its outer edges.
 * CT by linear interpolation of the integer texture, windowed; labels by the nearest voxel, coloured by a palette whose
 * alpha hides it; outlines and crosshair with a constant width on the screen.
 *
 * Beside the case there may be another picture: other labels of the same image, or another image with its labels, which
 * `toOther` leads to. A tile shows it whole where `showOther` is set; `difference` marks in the case's own tiles where
 * its labels differ. `heat` is a network's entropy in 64ths of a bit (`heatTint` has the legend's colours).
 *
 * @param besides whether it knows of these: without a graphics card they cost a fifth of a picture's time, shown or not
 */
export const sliceShader = (besides: boolean): string => `#version 300 es
${besides ? '#define BESIDES' : ''}
precision highp float;
precision highp int;
uniform highp isampler3D ct;
uniform highp usampler3D labels;
uniform highp sampler2D palette;
uniform highp sampler3D heat;
uniform highp isampler3D otherCt;
uniform highp usampler3D otherLabels;
uniform mat4 toHeat;
uniform mat4 toOther;
uniform bool showHeat;
uniform bool showOther;
uniform bool otherHasCt;
uniform bool difference;
uniform vec2 windowRange;
uniform float maskOpacity;
uniform float pixel;
uniform int axCorSag;
uniform int activeLabel;
uniform vec3 crosshair;
uniform float crosshairAlpha;
in vec3 texPos;
out vec4 color;

float ctAt(highp isampler3D image, ivec3 p, ivec3 last) {
  return float(texelFetch(image, clamp(p, ivec3(0), last), 0).r);
}

/** The case's own planes go through the middle of voxels: between these there is only what lies in the plane. */
float inPlane(vec3 at) {
  ivec3 last = textureSize(ct, 0) - 1;
  vec3 through = axCorSag == 0 ? vec3(0, 0, 1) : (axCorSag == 1 ? vec3(0, 1, 0) : vec3(1, 0, 0));
  vec3 q = at * vec3(last + 1) - 0.5;
  q = mix(q, round(q), through);
  vec3 base = floor(q);
  vec3 f = q - base;
  ivec3 p = ivec3(base);
  ivec3 u = axCorSag == 2 ? ivec3(0, 1, 0) : ivec3(1, 0, 0);
  ivec3 v = axCorSag == 0 ? ivec3(0, 1, 0) : ivec3(0, 0, 1);
  vec2 share = axCorSag == 0 ? f.xy : (axCorSag == 1 ? f.xz : f.yz);
  return mix(mix(ctAt(ct, p, last), ctAt(ct, p + u, last), share.x),
             mix(ctAt(ct, p + v, last), ctAt(ct, p + u + v, last), share.x), share.y);
}

#ifdef BESIDES
float interpolated(highp isampler3D image, vec3 at) {
  ivec3 n = textureSize(image, 0);
  ivec3 last = n - 1;
  vec3 q = at * vec3(n) - 0.5;
  vec3 base = floor(q);
  vec3 f = q - base;
  ivec3 p = ivec3(base);
  const ivec2 s = ivec2(0, 1);
  float near = mix(mix(ctAt(image, p, last), ctAt(image, p + s.yxx, last), f.x),
                   mix(ctAt(image, p + s.xyx, last), ctAt(image, p + s.yyx, last), f.x), f.y);
  if (f.z < 0.001) return near;
  float far = mix(mix(ctAt(image, p + s.xxy, last), ctAt(image, p + s.yxy, last), f.x),
                  mix(ctAt(image, p + s.xyy, last), ctAt(image, p + s.yyy, last), f.x), f.y);
  return mix(near, far, f.z);
}
#endif

int labelAt(highp usampler3D marks, vec3 at) {
  ivec3 n = textureSize(marks, 0);
  return int(texelFetch(marks, clamp(ivec3(at * vec3(n)), ivec3(0), n - 1), 0).r);
}

vec4 colourOf(int label, int row) {
  return texelFetch(palette, ivec2(label, row), 0);
}

vec3 windowed(float hu) {
  return vec3(clamp((hu - windowRange.x) / max(windowRange.y - windowRange.x, 1.0), 0.0, 1.0));
}

vec3 withLabels(vec3 background, highp usampler3D marks, int row, vec3 at, vec3 dx, vec3 dy, float fill) {
  int label = labelAt(marks, at);
  vec4 own = colourOf(label, row);
  if (own.a <= 0.0) return background;
  bool isActive = row == 0 && label == activeLabel;
  float width = (isActive ? 1.5 : 0.8) * pixel;
  bool edge = labelAt(marks, at + dx * width) != label || labelAt(marks, at - dx * width) != label
           || labelAt(marks, at + dy * width) != label || labelAt(marks, at - dy * width) != label;
  float alpha = edge ? (isActive ? 1.0 : 0.75) : own.a * fill;
  return mix(background, own.rgb, alpha);
}

#ifdef BESIDES
vec3 heatTint(float share) {
  return share < 0.5 ? mix(vec3(0.46, 0.10, 0.43), vec3(0.93, 0.41, 0.15), 2.0 * share)
                     : mix(vec3(0.93, 0.41, 0.15), vec3(0.99, 0.91, 0.55), 2.0 * share - 1.0);
}

vec3 withHeat(vec3 background) {
  vec3 at = (toHeat * vec4(texPos, 1.0)).xyz;
  if (any(lessThan(at, vec3(0.0))) || any(greaterThan(at, vec3(1.0)))) return background;
  float share = clamp(texture(heat, at).r * 255.0 / 64.0 / 1.25, 0.0, 1.0);
  return mix(background, heatTint(share), 0.8 * smoothstep(0.12, 0.6, share));
}

/** Okabe and Ito's colours, which the colour-blind tell apart; what went is hatched, too. */
vec3 withDifference(vec3 background) {
  vec4 own = colourOf(labelAt(labels, texPos), 0);
  int other = labelAt(otherLabels, texPos);
  bool here = own.a > 0.0;
  bool there = colourOf(other, 1).a > 0.0;
  if (labelAt(labels, texPos) == other || !(here || there)) return background;
  float stripes = fract((gl_FragCoord.x + gl_FragCoord.y) / (7.0 * pixel));
  if (!there) return mix(background, vec3(0.34, 0.71, 0.91), 0.62);
  if (!here) return mix(background, vec3(0.90, 0.62, 0.0), stripes < 0.5 ? 0.8 : 0.25);
  return mix(background, vec3(0.80, 0.47, 0.65), 0.7);
}
#endif

float line(float distance) {
  return 1.0 - smoothstep(0.5 * pixel, 1.0 * pixel, distance);
}

vec3 withCrosshair(vec3 background, vec3 place, vec3 across) {
  vec3 away = abs(place - crosshair) / across;
  vec2 d = axCorSag == 0 ? away.xy : (axCorSag == 1 ? away.xz : away.yz);
  float gap = 14.0 * pixel;
  float on = max(d.y > gap ? line(d.x) : 0.0, d.x > gap ? line(d.y) : 0.0);
  return mix(background, vec3(0.56, 0.84, 1.0), on * crosshairAlpha);
}

#ifdef BESIDES
/** The slice of another image is drawn ${beyond} times as large as the volume: its field may reach on. */
vec3 inVolume() {
  if (!showOther || !otherHasCt) return texPos;
  vec3 wide = (texPos - 0.5) * ${beyond}.0 + 0.5;
  return axCorSag == 0 ? vec3(wide.xy, texPos.z) : (axCorSag == 1 ? vec3(wide.x, texPos.y, wide.z) : vec3(texPos.x, wide.yz));
}

vec3 otherPicture(vec3 place, vec3 dx, vec3 dy) {
  if (!otherHasCt) return withLabels(windowed(inPlane(texPos)), otherLabels, 1, texPos, dx, dy, maskOpacity);
  vec3 at = (toOther * vec4(place, 1.0)).xyz;
  if (any(lessThan(at, vec3(0.0))) || any(greaterThan(at, vec3(1.0)))) return vec3(0.05, 0.06, 0.07);
  mat3 turned = mat3(toOther);
  return withLabels(windowed(interpolated(otherCt, at)), otherLabels, 1, at, turned * dx, turned * dy, maskOpacity);
}

vec3 ownPicture(vec3 dx, vec3 dy) {
  vec3 shown = windowed(inPlane(texPos));
  if (showHeat) shown = withHeat(shown);
  if (difference) shown = withDifference(shown);
  return withLabels(shown, labels, 0, texPos, dx, dy, showHeat || difference ? 0.0 : maskOpacity);
}

vec3 picture(vec3 place, vec3 dx, vec3 dy) {
  return showOther ? otherPicture(place, dx, dy) : ownPicture(dx, dy);
}
#else
vec3 inVolume() {
  return texPos;
}

vec3 picture(vec3 place, vec3 dx, vec3 dy) {
  return withLabels(windowed(inPlane(place)), labels, 0, place, dx, dy, maskOpacity);
}
#endif

void main() {
  vec3 place = inVolume();
  vec3 dx = dFdx(place);
  vec3 dy = dFdy(place);
  vec3 shown = picture(place, dx, dy);
  color = vec4(withCrosshair(shown, place, max(abs(dx) + abs(dy), vec3(1e-9))), 1.0);
}
`
