import { expect, test } from 'vitest';
import { applyFolder } from '../../src/domain/apply-folder.ts';
import type { DefinitionSource } from '../../src/domain/definition.ts';
import { readPublished, type PublishedDefinition } from '../../src/domain/published-set.ts';

function file(id: string, rest = 'condition: profile@a == 1', name = `${id}.yaml`): DefinitionSource {
  return { file: name, content: `id: ${id}\nkind: live\n${rest}\n` };
}

function unreadable(name: string): DefinitionSource {
  return { file: name, content: '', unreadable: 'it may not be read by this user' };
}

const BROKEN = { file: 'broken.yaml', content: 'id: broken\nkind: live\ncondition: profile@a =\n' };
const STATIC = file('sale').content.replace('kind: live', 'kind: static\nat: 2026-11-08T09:00:00Z');
const TIERS = 'workflow:\n  steps: [{ then: [{ add: gold }, { remove: silver }] }]';
const GOLD_ONLY = 'workflow:\n  steps: [{ then: [{ add: gold }] }]';

interface Folder {
  readonly files: readonly DefinitionSource[];
  readonly owner?: string;
  readonly prune?: boolean;
}

/** Folders applied one after another; `refused` when the last of them is. */
function applied(...folders: readonly Folder[]): readonly PublishedDefinition[] | 'refused' {
  let set: readonly PublishedDefinition[] = [];
  for (const { files, owner = '', prune = false } of folders) {
    const next = applyFolder(set, { owner, sources: files, prune });
    if (next.kind !== 'set') return 'refused';
    set = next.definitions;
  }
  return set;
}

/** `a` where it is computed, `a gone: value` where it is retired; sorted. */
function told(...folders: readonly Folder[]): readonly string[] {
  const set = applied(...folders);
  if (set === 'refused') return ['refused'];
  const { definitions, retired } = readPublished(set);
  return [
    ...definitions.map(({ segment }) => segment.id),
    ...retired.map(({ id, retirement, values, becomes }) =>
      [`${id} ${retirement.kind}: ${values.join(' ')}`, ...(becomes === null ? [] : [becomes])].join(' -> '),
    ),
  ].sort();
}

const both = { files: [file('a'), file('b')] };

test.each<[string, readonly Folder[], readonly string[]]>([
  ['a segment whose file is gone is retired', [both, { files: [file('b')] }], ['a gone: a', 'b']],
  [
    'a retired segment stays known however often the folder is applied',
    [both, { files: [file('b')] }, { files: [file('b')] }],
    ['a gone: a', 'b'],
  ],
  ['a file that comes back is computed again', [both, { files: [file('b')] }, both], ['a', 'b']],
  ['prune asks for its values', [both, { files: [file('b')], prune: true }], ['a pruned: a', 'b']],
  [
    'what was pruned and is not gone yet stays asked for',
    [both, { files: [file('b')], prune: true }, { files: [file('b')] }],
    ['a pruned: a', 'b'],
  ],
  [
    'a pruned segment whose file comes back is computed again',
    [both, { files: [file('b')], prune: true }, both],
    ['a', 'b'],
  ],
  [
    'a file that cannot be read keeps its segment from being pruned',
    [both, { files: [unreadable('a.yaml'), file('b')], prune: true }],
    ['a broken: a', 'b'],
  ],
  [
    'below a folder that cannot be read all segments stay as they are',
    [
      { files: [file('a', undefined, 'team/a.yaml'), file('b')] },
      { files: [unreadable('team'), file('b')], prune: true },
    ],
    ['a', 'b'],
  ],
  [
    'prune takes nothing that another definition writes now',
    [both, { files: [file('b'), file('c', 'condition: profile@a == 1\nvalue: a')], prune: true }],
    ['b', 'c'],
  ],
  [
    'a workflow that writes one value less leaves that value behind',
    [{ files: [file('tiers', TIERS)] }, { files: [file('tiers', GOLD_ONLY)] }],
    ['tiers', 'tiers gone: silver'],
  ],
  [
    'a segment of another kind leaves nothing behind',
    [{ files: [{ file: 'sale.yaml', content: STATIC }, file('b')] }, { files: [file('b')] }],
    ['b'],
  ],
  [
    'while a file does not load, what looks like an orphan is computed on',
    [both, { files: [file('b'), BROKEN], prune: true }],
    ['a', 'b'],
  ],
  [
    'while a file does not load, a retired segment is not pruned',
    [both, { files: [file('b')] }, { files: [file('b'), BROKEN], prune: true }],
    ['a gone: a', 'b'],
  ],
  [
    'a segment whose own file does not load keeps its members and is not pruned',
    [both, { files: [{ file: 'a.yaml', content: 'id: a\nkind: live\n' }, file('b')], prune: true }],
    ['a broken: a', 'b'],
  ],
  [
    'a broken file that is deleted then leaves a retired segment',
    [both, { files: [{ file: 'a.yaml', content: 'id: [' }, file('b')] }, { files: [file('b')] }],
    ['a gone: a', 'b'],
  ],
  [
    'members of a renamed segment move to its value',
    [both, { files: [file('b'), file('c', 'condition: profile@a == 1\nvalue: C\nrenamedFrom: a')] }],
    ['a renamed: a -> C', 'b', 'c'],
  ],
  [
    'a rename also moves those who stayed when the file was gone',
    [
      both,
      { files: [file('b')] },
      { files: [file('b'), file('c', 'condition: profile@a == 1\nrenamedFrom: a')] },
    ],
    ['a renamed: a -> c', 'b', 'c'],
  ],
  [
    'a renamed segment that keeps its value has nothing to move',
    [both, { files: [file('b'), file('c', 'condition: profile@a == 1\nvalue: a\nrenamedFrom: a')] }],
    ['b', 'c'],
  ],
  [
    'renamedFrom of a segment that is still defined moves nothing',
    [both, { files: [file('a'), file('c', 'condition: profile@a == 1\nrenamedFrom: a')] }],
    ['a', 'b gone: b', 'c'],
  ],
  [
    'a workflow of several values has no one value to move members to',
    [both, { files: [file('b'), file('c', `${TIERS}\nrenamedFrom: a`)] }],
    ['a gone: a', 'b', 'c'],
  ],
  [
    'a renamed segment whose heir is gone as well is only gone',
    [
      both,
      { files: [file('b'), file('c', 'condition: profile@a == 1\nrenamedFrom: a')] },
      { files: [file('b')] },
    ],
    ['a gone: a', 'b', 'c gone: c'],
  ],
  [
    "two owners' folders stand side by side, though they name their files alike",
    [
      { owner: 'crm', files: [file('a', undefined, 'x.yaml')] },
      { owner: 'shop', files: [file('b', undefined, 'x.yaml')] },
      { files: [file('c')] },
    ],
    ['a', 'b', 'c'],
  ],
  [
    "an owner's folder replaces and prunes that owner's definitions only",
    [
      { owner: 'crm', files: [file('a'), file('b')] },
      { owner: 'shop', files: [file('c'), file('d')] },
      { owner: 'crm', files: [file('a')], prune: true },
    ],
    ['a', 'b pruned: b', 'c', 'd'],
  ],
  [
    'without an owner only what was applied without one is replaced',
    [{ owner: 'crm', files: [file('a')] }, { files: [file('b')] }, { files: [] }],
    ['a', 'b gone: b'],
  ],
  [
    "another owner's broken file protects none of ours",
    [
      { owner: 'crm', files: [BROKEN] },
      { owner: 'shop', files: [file('a'), file('b')] },
      { owner: 'shop', files: [file('b')], prune: true },
    ],
    ['a pruned: a', 'b'],
  ],
  [
    'an owner may take what another has given up, with its members',
    [
      { owner: 'crm', files: [file('a')] },
      { owner: 'crm', files: [] },
      { owner: 'shop', files: [file('a')] },
    ],
    ['a'],
  ],
])('%s', (_, folders, expected) => {
  expect(told(...folders)).toEqual(expected);
});

test.each<[string, DefinitionSource, readonly string[]]>([
  ['an id', file('a'), ['a.yaml: id "a" is held by owner "crm" (held.yaml)']],
  [
    'a value',
    file('b', 'condition: profile@a == 1\nvalue: a'),
    ['b.yaml: value "a" is written by segment a of owner "crm" (held.yaml)'],
  ],
])('%s that another owner holds is refused with who holds it', (_, taken, reasons) => {
  const held = applied({ owner: 'crm', files: [file('a', undefined, 'held.yaml')] });

  expect(
    applyFolder(held === 'refused' ? [] : held, { owner: 'shop', sources: [taken], prune: false }),
  ).toEqual({ kind: 'refused', reasons });
});

test.each<[string, readonly DefinitionSource[], boolean, string]>([
  ['an empty folder', [], false, 'emptied'],
  ['a folder of others', [file('c')], false, 'emptied'],
  ['an empty folder that is meant', [], true, 'set'],
  ['a folder that keeps one', [file('a')], false, 'set'],
  ['a folder that renames one', [file('c', 'condition: profile@a == 1\nrenamedFrom: a')], false, 'set'],
])('%s: a prune of %j with pruneAll %s is %s', (_, sources, pruneAll, kind) => {
  const current = applied(both);

  const next = applyFolder(current === 'refused' ? [] : current, {
    owner: '',
    sources,
    prune: true,
    pruneAll,
  });

  expect(next.kind).toBe(kind);
});

test('what lost its files to an empty folder before is not pruned by it either', () => {
  const gone = applied(both, { files: [] });

  expect(applyFolder(gone === 'refused' ? [] : gone, { owner: '', sources: [], prune: true })).toEqual({
    kind: 'emptied',
    ids: ['a', 'b'],
  });
});

test('what an owner holds stays held while its file does not load', () => {
  const broken = { file: 'a.yaml', content: 'id: a\nkind: live\n' };

  expect(
    told({ owner: 'crm', files: [file('a')] }, { owner: 'crm', files: [broken] }, { files: [file('a')] }),
  ).toEqual(['refused']);
});

test('owners may share a value as segments do, when each workflow says so', () => {
  const shared = (id: string) => file(id, `shared: true\n${GOLD_ONLY}`);

  expect(told({ owner: 'crm', files: [shared('a')] }, { owner: 'shop', files: [shared('b')] })).toEqual([
    'a',
    'b',
  ]);
});

test('the same folder again changes nothing, also beside retired segments and other owners', () => {
  const folders = [{ owner: 'crm', files: [file('x')] }, both, { files: [file('b'), BROKEN] }];

  expect(applied(...folders, { files: [file('b'), BROKEN] })).toEqual(applied(...folders));
});
