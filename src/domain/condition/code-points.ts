/** Below it, UTF-16 units and code points have the same order; surrogates start here. */
const FIRST_SURROGATE = 0xd800;

/** Whether `<` orders the text against any other as code points do. */
export function isPlainlyOrdered(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) >= FIRST_SURROGATE) return false;
  }
  return true;
}

/**
 * Compares by code point. JavaScript's `<` compares UTF-16 units, which puts the surrogates of U+10000 and
 * above before U+E000.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let index = 0;
  while (index < length && a.charCodeAt(index) === b.charCodeAt(index)) index += 1;
  if (index === length) return a.length - b.length;
  const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
  if (left < FIRST_SURROGATE || right < FIRST_SURROGATE) return left - right;
  const start = startOfCharacter(a, b, index);
  return codePoint(a, start) - codePoint(b, start);
}

/** The units may differ in the second half of a pair whose first half both texts share. */
function startOfCharacter(a: string, b: string, index: number): number {
  if (index === 0 || codePoint(a, index - 1) === codePoint(b, index - 1)) return index;
  return index - 1;
}

function codePoint(text: string, index: number): number {
  return text.codePointAt(index) ?? -1;
}
