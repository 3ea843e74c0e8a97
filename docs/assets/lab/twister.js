// MT19937 of Matsumoto and Nishimura: ATen/core/MT19937RNGEngine.h.

export class Twister {
  constructor(seed) {
    const s = (this.state = new Uint32Array(624));
    s[0] = seed;
    for (let j = 1; j < 624; j++) s[j] = Math.imul(1812433253, s[j - 1] ^ (s[j - 1] >>> 30)) + j;
    this.next = 624;
  }

  /** The next 32 bits. */
  draw() {
    const s = this.state;
    if (this.next === 624) {
      for (let j = 0; j < 624; j++) {
        const y = (s[j] & 0x80000000) | (s[(j + 1) % 624] & 0x7fffffff);
        s[j] = s[(j + 397) % 624] ^ (y >>> 1) ^ (y & 1 && 0x9908b0df);
      }
      this.next = 0;
    }
    let y = s[this.next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** U[0, 1) in 24 bits. */
  uniform() {
    return (this.draw() & 0xffffff) * 2 ** -24;
  }

  /** U[0, 1) in 53 bits, the high word first. */
  uniform53() {
    return ((this.draw() & 0x1fffff) * 2 ** 32 + this.draw()) * 2 ** -53;
  }
}
