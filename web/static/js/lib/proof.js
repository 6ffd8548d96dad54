/* The work that keeps robots out: look for a number n so that SHA-256 of "<mac>:<n>" begins with enough zero bits.
   Own SHA-256, because crypto.subtle answers each call later, and 130,000 laters take half a minute on an old phone.
   Works in slices of a few milliseconds, so that typing stays smooth. */
const SLICE_MS = 10;
const K = constants();
const words = new Uint32Array(64);
const state = new Uint32Array(8);

/* Solve a challenge "<nonce>.<bits>.<opens>.<expires>.<mac>". Resolves to the number as text. */
export async function solve(challenge) {
  const parts = challenge.split(".");
  const bits = Number(parts[1]);
  const mac = parts[4];
  for (let n = 0; ; ) {
    const until = performance.now() + SLICE_MS;
    while (performance.now() < until) {
      for (let times = 0; times < 64; times++, n++) {
        if (zeroBits(`${mac}:${n}`) >= bits) return String(n);
      }
    }
    await new Promise((next) => setTimeout(next));
  }
}

/* When the challenge expires, in milliseconds since 1970 by the server's clock. */
export function expiresAt(challenge) {
  return Number(challenge.split(".")[3]) * 1000;
}

/* How many zero bits the hash of a short ASCII text begins with (at most 55 characters: one block; 32 bits counted). */
function zeroBits(text) {
  words.fill(0, 0, 16);
  for (let i = 0; i < text.length; i++) words[i >> 2] |= text.charCodeAt(i) << (24 - (i & 3) * 8);
  words[text.length >> 2] |= 0x80 << (24 - (text.length & 3) * 8);
  words[15] = text.length * 8;
  for (let i = 16; i < 64; i++) {
    const a = words[i - 15];
    const b = words[i - 2];
    const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    words[i] = words[i - 16] + s0 + words[i - 7] + s1;
  }
  return Math.clz32(firstWord());
}

/* The rounds of SHA-256 (FIPS 180-4, 6.2.2); only the first word of the result is asked for. */
function firstWord() {
  state.set(K.start);
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K.round[i] + words[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  return (K.start[0] + a) >>> 0;
}

/* The constants are by definition the fractions of roots of primes; computing them is shorter than listing them. */
function constants() {
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  const fraction = (number) => ((number % 1) * 2 ** 32) >>> 0;
  return {
    round: Uint32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
    start: Uint32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
  };
}
