/** The next larger double; of an infinity itself. */
export function nextDouble(value: number): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return Number.MIN_VALUE;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return bits.getFloat64(0);
}

export function previousDouble(value: number): number {
  return -nextDouble(-value);
}

/** The next larger single-precision number of one. */
export function nextSingle(value: number): number {
  if (!Number.isFinite(value)) return value;
  const bits = new DataView(new ArrayBuffer(4));
  if (value === 0) {
    bits.setInt32(0, 1);
    return bits.getFloat32(0);
  }
  bits.setFloat32(0, value);
  bits.setInt32(0, bits.getInt32(0) + (value > 0 ? 1 : -1));
  return bits.getFloat32(0);
}

export function previousSingle(value: number): number {
  return -nextSingle(-value);
}
