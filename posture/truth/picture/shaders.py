"""The programs that run on the (software) graphics card: person, shadow, room."""

from __future__ import annotations

PERSON_VERTEX = """#version 330
uniform mat4 projection;
in vec3 place; in vec3 normal; in vec3 colour; in vec3 rest; in float kind;
out vec3 N; out vec3 C; out vec3 Q; out vec3 X; flat out float K;
void main() { N = normal; C = colour; Q = rest; X = place; K = kind;
  gl_Position = projection * vec4(place, 1.0); }
"""

_NOISE = """
float hash(vec3 p) { p = fract(p * .3183099 + .1); p *= 17.;
  return fract(p.x * p.y * p.z * (p.x + p.y + p.z)); }
float noise(vec3 x) { vec3 i = floor(x), f = fract(x); f = f * f * (3. - 2. * f);
  return mix(mix(mix(hash(i), hash(i + vec3(1,0,0)), f.x),
                 mix(hash(i + vec3(0,1,0)), hash(i + vec3(1,1,0)), f.x), f.y),
             mix(mix(hash(i + vec3(0,0,1)), hash(i + vec3(1,0,1)), f.x),
                 mix(hash(i + vec3(0,1,1)), hash(i + vec3(1,1,1)), f.x), f.y), f.z); }
float two(vec3 x) { return .62 * noise(x) + .38 * noise(x * 2.1); }
float three(vec3 x) { return .5 * noise(x) + .3 * noise(x * 2.1) + .2 * noise(x * 4.3); }
"""

# kinds: 0 skin, 1 shirt, 2 bottoms, 3 shoe, 4 hair, 5 eye
PERSON_FRAGMENT = (
    """#version 330
uniform vec3 eye; uniform vec3 key; uniform float light;
in vec3 N; in vec3 C; in vec3 Q; in vec3 X; flat in float K; out vec4 seen;"""
    + _NOISE
    + """
void main() {
  vec3 n = normalize(N), v = normalize(eye - X);
  bool cloth = K > .5 && K < 2.5, hair = K > 3.5 && K < 4.5, skin = K < .5;
  float fine = cloth ? 26. : (hair ? 90. : 14.);
  vec3 stretch = cloth ? vec3(1., 1., .45) : vec3(1., 1., hair ? .12 : 1.);
  float depth = cloth ? .30 : (hair ? .5 : .03), e = .15;
  vec3 q = Q * fine * stretch;
  float b = two(q);
  n = normalize(n + depth * .6 / e * vec3(two(q + vec3(e,0,0)) - b, two(q + vec3(0,e,0)) - b,
                                          two(q + vec3(0,0,e)) - b));
  if (dot(n, v) < 0.) n = normalize(n - 2. * dot(n, v) * v * .5);
  float direct = max(dot(n, key), 0.), wrap = max((dot(n, key) + .35) / 1.35, 0.);
  float fill = max(dot(n, normalize(vec3(-.6, .55, .35))), 0.), sky = .5 + .5 * n.z;
  vec3 base = C * (.90 + .2 * noise(Q * 9.));
  if (cloth) base *= .95 + .1 * noise(Q * 400.);
  if (skin) base *= vec3(1.06, .99, .95);
  vec3 lit = base * (.30 * mix(vec3(.62, .58, .55), vec3(1.), sky)
    + .62 * mix(direct, wrap, skin ? .6 : .25) * vec3(1., .97, .92)
    + .28 * fill * vec3(.85, .92, 1.));
  vec3 h = normalize(key + v);
  float shine = pow(max(dot(n, h), 0.), skin ? 22. : (K > 2.5 && K < 3.5 ? 30. : 12.));
  lit += shine * (skin ? .10 : (K > 3.5 ? .12 : .02));
  lit *= .55 + .45 * smoothstep(0., .12, X.z + .10);
  seen = vec4(pow(max(lit * light, 0.), vec3(1. / 1.6)), 1.);
}
"""
)

SHADOW_VERTEX = """#version 330
uniform mat4 projection; uniform vec3 key; in vec3 place;
void main() { vec3 ground = place - key * (place.z / key.z);
  gl_Position = projection * vec4(ground.xy, .002, 1.); }
"""

SHADOW_FRAGMENT = """#version 330
out vec4 seen; void main() { seen = vec4(1.); }
"""

ROOM_VERTEX = """#version 330
uniform mat4 projection; in vec3 place; in vec3 normal; in vec3 colour; in float kind;
out vec3 X; out vec3 N; out vec3 C; flat out float K;
void main() { X = place; N = normal; C = colour; K = kind;
  gl_Position = projection * vec4(place, 1.); }
"""

# kinds: 0 painted, 1 boards, 2 rubber floor, 3 plaster, 4 bricks
ROOM_FRAGMENT = (
    """#version 330
uniform vec3 key; uniform float light;
in vec3 X; in vec3 N; in vec3 C; flat in float K; out vec4 seen;"""
    + _NOISE
    + """
void main() {
  vec3 a = C;
  if (K > .5 && K < 1.5) {
    float r = floor(X.x / .14), w = X.y * .9 + hash(vec3(r, 3., 1.)) * 9.;
    a *= .78 + .34 * three(vec3(r * 5., w * 2.5, X.x * 60.));
    a *= .82 + .3 * hash(vec3(r, floor(w / 1.3), 2.));
    a *= 1. - .45 * smoothstep(.47, .5, abs(fract(X.x / .14) - .5));
  } else if (K > 1.5 && K < 2.5) {
    a = mix(a, vec3(.42, .45, .5), step(.72, noise(X * 260.)) * .5);
    a *= .92 + .16 * three(X * 3.);
  } else if (K > 2.5 && K < 3.5) {
    a *= .94 + .10 * three(X * 2.2) + .03 * noise(X * 150.);
  } else if (K > 3.5) {
    vec2 u = vec2(X.y / .24, X.z / .08);
    u.x += .5 * mod(floor(u.y), 2.);
    vec2 f = fract(u);
    float brick = step(.05, f.x) * step(.12, f.y);
    a = mix(vec3(.62, .60, .57), a * (.8 + .4 * hash(vec3(floor(u), 1.))), brick);
    a *= .9 + .2 * three(X * 20.);
  }
  float d = .55 + .45 * max(dot(normalize(N), key), 0.);
  d *= .80 + .2 * clamp(X.z * .6 + .6, 0., 1.);
  seen = vec4(pow(a * d * light, vec3(1. / 1.6)), 1.);
}
"""
)
