import type { FieldFacts, FieldNode, FieldType, IndexedFacts } from './index-fields.ts';

/** What holds in both of two indices. */
export function mergeNodes(a: FieldNode, b: FieldNode): FieldNode {
  const keys = new Set([...a.children.keys(), ...b.children.keys()]);
  return {
    facts: mergeFacts(a.facts, b.facts),
    rest: mergeFacts(a.rest, b.rest),
    children: new Map([...keys].map((key) => [key, mergeNodes(childOf(a, key), childOf(b, key))] as const)),
  };
}

function childOf(node: FieldNode, key: string): FieldNode {
  return node.children.get(key) ?? { facts: node.rest, children: new Map(), rest: node.rest };
}

const DIFFERENT: FieldFacts = { kind: 'hidden', reason: 'the indices map it differently' };

/** A field that one index does not have holds nothing there, and queries for it find nothing. */
function mergeFacts(a: FieldFacts, b: FieldFacts): FieldFacts {
  if (a.kind === 'hidden') return a;
  if (b.kind === 'hidden') return b;
  if (a.kind === 'absent') return b;
  if (b.kind === 'absent') return a;
  if (a.kind === 'void') return b;
  if (b.kind === 'void') return a;
  if (a.kind === 'indexed' && b.kind === 'indexed') return mergeIndexed(a, b);
  return a.kind === b.kind ? a : DIFFERENT;
}

function mergeIndexed(a: IndexedFacts, b: IndexedFacts): FieldFacts {
  const type = mergeTypes(a.type, b.type);
  const alike = a.suffix === b.suffix && a.nested === b.nested && a.nullValue === b.nullValue;
  if (type === null || !alike) return DIFFERENT;
  return {
    ...a,
    strays: a.strays || b.strays,
    skipsMalformed: a.skipsMalformed || b.skipsMalformed,
    type,
  };
}

function mergeTypes(a: FieldType, b: FieldType): FieldType | null {
  switch (a.name) {
    case 'keyword':
      return b.name === 'keyword' && a.normalized === b.normalized
        ? { ...a, ignoreAbove: shorter(a.ignoreAbove, b.ignoreAbove), traced: a.traced && b.traced }
        : null;
    case 'flattened':
      return b.name === 'flattened' ? { ...a, ignoreAbove: shorter(a.ignoreAbove, b.ignoreAbove) } : null;
    case 'text':
      return b.name === 'text' ? { ...a, sameAnalyzer: a.sameAnalyzer && b.sameAnalyzer } : null;
    case 'integer':
      return b.name === 'integer' && a.bits === b.bits ? { ...a, coerces: a.coerces || b.coerces } : null;
    case 'real':
      return b.name === 'real' && a.width === b.width ? { ...a, coerces: a.coerces || b.coerces } : null;
    case 'date':
      return b.name === 'date'
        ? {
            ...a,
            yearNumbers: a.yearNumbers || b.yearNumbers,
            bcNumbers: a.bcNumbers || b.bcNumbers,
          }
        : null;
    case 'boolean':
      return b.name === 'boolean' ? a : null;
  }
}

function shorter(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}
