/** A text that this store wrote itself as JSON of that very type: the one place where a row is trusted. */
export function fromJson<Written>(text: string): Written {
  return JSON.parse(text) as Written;
}
