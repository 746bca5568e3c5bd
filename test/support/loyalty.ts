import type { DefinitionSource } from '../../src/domain/definition.ts';
import { toFlowFile } from '../../src/domain/flow/flow-file.ts';
import { unpackFlow } from '../../src/schedules/unpack-flow.ts';
import { aFlow } from './tracardi-flows.ts';

/** The slot that `expectedSegments` speaks of. */
export const LOYALTY_SLOT = '2036-11-16T09:00:00.000Z';

/** A loyalty programme: who spends much is gold and no more silver, who has not come for a month is lapsed. */
export function loyaltyFlow({ gold = 1000, saves = true } = {}): Record<string, unknown> {
  return aFlow(
    [
      { id: 'start', className: 'StartSegmentationAction', init: { profile_id: '' } },
      {
        id: 'known',
        className: 'PropertyExistsAction',
        init: { property: 'profile@data.contact.email.main' },
      },
      {
        id: 'tier',
        className: 'ProfileSegmentAction',
        init: {
          condition: `profile@traits.spent >= ${gold}`,
          true_action: 'add',
          true_segment: 'gold',
          false_action: 'remove',
          false_segment: 'gold',
        },
      },
      { id: 'promote', className: 'DeleteSegmentAction', init: { segment: 'silver' } },
      { id: 'visit', className: 'LastVisitAction' },
      { id: 'away', className: 'IfAction', init: { condition: 'payload@difference.days > 30' } },
      { id: 'lapsed', className: 'AddSegmentAction', init: { segment: ['Lapsed Buyer'] } },
      { id: 'back', className: 'HasSegmentAction', init: { segment: 'Lapsed Buyer' } },
      {
        id: 'returned',
        className: 'MoveSegmentAction',
        init: { from_segment: 'Lapsed Buyer', to_segment: 'returned' },
      },
      { id: 'save', className: 'UpdateProfileAction' },
    ],
    [
      'start:payload -> known',
      'known:true -> tier',
      'tier:true -> promote',
      'promote:payload -> visit',
      'tier:false -> visit',
      'visit:visit -> away',
      'away:true -> lapsed',
      'away:false -> back',
      'back:True -> returned',
      ...(saves ? (['tier:true -> save', 'tier:false -> save'] as const) : []),
    ],
  );
}

/** Start, an If on what was spent, a segment, "Update profile". */
export function spenderFlow(
  value: string,
  least: number,
  node = 'AddSegmentAction',
): Record<string, unknown> {
  return aFlow(
    [
      { id: 'start', className: 'StartSegmentationAction' },
      { id: 'if', className: 'IfAction', init: { condition: `profile@traits.spent >= ${least}` } },
      { id: 'add', className: node, init: { segment: [value] } },
      { id: 'save', className: 'UpdateProfileAction' },
    ],
    ['start:payload -> if', 'if:true -> add', 'add:payload -> save'],
  );
}

/** A definition that runs the flow, as a folder would hold it. */
export function flowDefinition(id: string, flow: Readonly<Record<string, unknown>>): DefinitionSource {
  const file = `flows/${id}.json`;
  const content = `id: ${id}\nkind: live\nflow: ${file}\n`;
  return { file: `${id}.yaml`, content, flow: toFlowFile(file, JSON.stringify(flow), unpackFlow) };
}

export interface Shopper {
  readonly id: string;
  readonly data: { readonly contact?: { readonly email: { readonly main: string } } };
  readonly traits: { readonly spent: number };
  readonly metadata: {
    readonly time: { readonly insert: string; readonly visit?: { readonly current: string } };
  };
  readonly segments: readonly string[];
}

export function shopper(index: number): Shopper {
  const day = (back: number): string => new Date(Date.parse(LOYALTY_SLOT) - back * 86_400_000).toISOString();
  return {
    id: `p-${String(index).padStart(5, '0')}`,
    data:
      index % 5 === 0 ? {} : { contact: { email: { main: index % 7 === 0 ? '' : `p${index}@example.com` } } },
    traits: { spent: (index * 37) % 2000 },
    metadata: {
      time: { insert: day(400), ...(index % 11 === 0 ? {} : { visit: { current: day(index % 60) } }) },
    },
    segments: [
      'foreign',
      ...(index % 2 === 0 ? ['silver'] : []),
      ...(index % 3 === 0 ? ['gold'] : []),
      ...(index % 4 === 0 ? ['Lapsed Buyer'] : []),
    ],
  };
}

/** The same programme in plain words, without the code that runs flows. */
export function expectedSegments({ data, traits, metadata, segments }: Shopper): ReadonlySet<string> {
  const after = new Set(segments);
  if (!hasAddress({ data })) return after;
  if (traits.spent >= 1000) {
    after.add('gold');
    after.delete('silver');
  } else after.delete('gold');
  const last = metadata.time.visit?.current ?? metadata.time.insert;
  if (Date.parse(LOYALTY_SLOT) - Date.parse(last) > 30 * 86_400_000) after.add('Lapsed Buyer');
  else if (after.delete('Lapsed Buyer')) after.add('returned');
  return after;
}

export function hasAddress({ data }: Pick<Shopper, 'data'>): boolean {
  return (data.contact?.email.main ?? '') !== '';
}
