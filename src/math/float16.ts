const FRACTION_BITS = 10;
const SMALLEST = 2 ** -24;

/** The number that 16 bits of an IEEE 754 half float hold; NaN and the infinities included. */
export function decodeFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> FRACTION_BITS) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * SMALLEST;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (0x400 + fraction) * 2 ** (exponent - 1) * SMALLEST;
}

/** The half float nearest to a number, as a number: what a device means that says `-9999` and can only hold -10000. */
export function roundToFloat16(value: number): number {
  if (value === 0) return value;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const step = Math.max(2 ** (exponent - FRACTION_BITS), SMALLEST);
  return Math.round(value / step) * step;
}
