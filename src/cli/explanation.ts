import type { ExplainedSegment } from '../api/operations.ts';
import type { ExplainedGraph, ExplainedNode } from '../domain/flow/explain-graph.ts';
import type { ExplainedOperand, ExplainedTest, Explanation } from '../domain/condition/explain.ts';

/** A segment's conditions on one profile, as a tree that says what was found and how each part came out. */
export function explanationLines({
  id,
  profileId,
  slot,
  member,
  readsOwnMembership,
  onlyAdds,
  conditions,
  flow,
  query,
}: ExplainedSegment): readonly string[] {
  const isMember = `${profileId} ${member ? 'is' : 'is not'} a member of ${id}`;
  const keeps = member && onlyAdds ? [NEVER_TAKEN] : [];
  if (query !== null) return [`${isMember}; its query:`, ...keeps, ...queryLines(query)];
  const what = flow === null ? 'conditions' : 'its flow';
  return [
    `${isMember}; ${what} at slot ${slot}:`,
    ...keeps,
    ...(readsOwnMembership ? [OWN_MEMBERSHIP] : []),
    ...conditions.flatMap(({ where, explanation }) => [`  ${where}`, ...tree(explanation, '    ')]),
    ...(flow === null ? [] : flowLines(flow)),
  ];
}

const NEVER_TAKEN = '  mode add: who has the value keeps it, whatever comes out below';
const OWN_MEMBERSHIP =
  '  it asks for its own membership: evaluated on the one the profile has now, which the next run will find, not the one the last run found';

function queryLines({ text, matches }: NonNullable<ExplainedSegment['query']>): readonly string[] {
  return [
    `  ${matches ? '✓' : '✗'} query: ${text}`,
    '  as the profile is now; Elasticsearch answers a query with yes or no, and does not say which part decided',
  ];
}

function flowLines({ nodes, saved }: ExplainedGraph): readonly string[] {
  const unsaved = saved
    ? []
    : ['  nothing of this is saved: no "Update profile" was reached, or a discard came after it'];
  return [...nodes.flatMap(nodeLines), ...unsaved];
}

function nodeLines({ id, name, ports, entered, left, conditions }: ExplainedNode): readonly string[] {
  const done = [...entered.map((value) => ` + ${value}`), ...left.map((value) => ` - ${value}`)].join('');
  const to = ports.length === 0 ? '' : ` → ${ports.join(', ')}`;
  return [
    `  ${name} (${id})${done}${to}`,
    ...conditions.flatMap(({ key, explanation }) => [
      ...(key === null ? [] : [`    ${key}`]),
      ...tree(explanation, key === null ? '    ' : '      '),
    ]),
  ];
}

function tree(explanation: Explanation, indent: string): readonly string[] {
  const mark = explanation.verdict ? '✓' : '✗';
  switch (explanation.kind) {
    case 'test':
      return [`${indent}${mark} ${testText(explanation)}`];
    case 'not':
      return [`${indent}${mark} NOT`, ...tree(explanation.term, `${indent}  `)];
    case 'and':
    case 'or':
      return [
        `${indent}${mark} ${explanation.kind.toUpperCase()}`,
        ...explanation.terms.flatMap((term) => tree(term, `${indent}  `)),
      ];
  }
}

function testText({ left, operator, right, mismatch }: ExplainedTest): string {
  const written = [left.text, operator, right.map(({ text }) => text).join(' AND ')].join(' ').trimEnd();
  const computed = right.filter(isComputed).map((operand) => `${operand.text} is ${found(operand)}`);
  const facts = [`found ${found(left)}`, ...computed, ...(mismatch ? ['types differ'] : [])];
  return `${written}   (${facts.join('; ')})`;
}

/** A literal says its value already; a function or another field does not. */
function isComputed({ text }: ExplainedOperand): boolean {
  return /^[a-z._]+\(|^[a-z]+@/i.test(text);
}

function found({ state, value }: ExplainedOperand): string {
  return state === 'value' ? JSON.stringify(value) : state;
}
