/**
 * Text as a terminal may show it. Ids, rows and values are foreign, and their control characters would colour,
 * move or overwrite what stands there; each becomes its JSON escape, so that JSON stays the same document.
 */
export function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}
