/** Quoted texts, regular expressions, brackets, and the runs of anything else between them. */
const PARTS = /"(?:[^"\\]|\\[^])*"|\/(?:[^/\\\n]|\\[^])+\/|[[\]{}()]|(?:[^\s"[\](){}\\:<>=!]|\\[^])+|"/g;

/** Date math begins with `now`: `now`, `now-30d`, `now/d`, `now+1M/M`. */
const CLOCK = /^[+-]?now(?:[+\-/|].*)?$/;

const CLOSING: Readonly<Record<string, readonly string[]>> = {
  '(': [')'],
  // A range may leave out one end only: [a TO b}.
  '[': [']', '}'],
  '{': [']', '}'],
};

/**
 * What keeps a query_string from being taken, or null. Elasticsearch has the last word on the rest; here is what
 * would be wrong without its saying so, and what it would refuse for each page of a run again.
 */
export function queryProblem(query: string): string | null {
  const open: string[] = [];
  for (const [part] of query.matchAll(PARTS)) {
    const text = part.startsWith('"') ? part.slice(1, -1) : part;
    if (part === '"') return 'the " here is never closed';
    if (CLOCK.test(text))
      return `found ${text}, which is Elasticsearch's clock and not the slot of the run: a repeated or late run would find others; write it as a condition, such as profile@metadata.time.insert > now.offset("-30d")`;
    if (part in CLOSING) open.push(part);
    else if (/^[)\]}]$/.test(part)) {
      const opened = open.pop();
      if (opened === undefined || CLOSING[opened]?.includes(part) !== true)
        return `found ${part} ${opened === undefined ? 'without its beginning' : `where the ${opened} before it is still open`}`;
    }
  }
  const unclosed = open.at(-1);
  return unclosed === undefined ? null : `the ${unclosed} is never closed`;
}
