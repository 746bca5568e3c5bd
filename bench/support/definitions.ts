import type { DefinitionSource } from '../../src/domain/definition.ts';

const SHAPES: readonly ((index: number) => string)[] = [
  (index) =>
    `profile@stats.visits > ${20 + index * 3} AND profile@metadata.time.visit.last > now.offset("-${20 + index}d")`,
  (index) =>
    `profile@stats.orders >= ${3 + (index % 9)} AND profile@metadata.time.visit.last < now.offset("-${60 + index * 2}d")`,
  (index) =>
    `profile@traits.country IN ["${['DE', 'FR', 'GB', 'US', 'IN'][index % 5]}"] AND profile@stats.spend >= ${200 + index * 20}`,
  (index) =>
    `profile@consents.marketing == TRUE AND profile@stats.spend BETWEEN ${100 + index * 10} AND ${300 + index * 10}`,
  (index) =>
    `profile@device.type == "phone" AND NOT profile@traits.email EXISTS AND profile@stats.visits >= ${index}`,
];

/**
 * `count` condition segments over the sample shoppers, of the shapes people write; each has its members. Scheduled for
 * once a year: no run of a schedule gets into a measurement.
 */
export function benchDefinitions(count: number): readonly DefinitionSource[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `bench-${String(index).padStart(2, '0')}`;
    const shape = SHAPES[index % SHAPES.length] ?? (() => 'profile@active == TRUE');
    return {
      file: `${id}.yaml`,
      content: `id: ${id}\nkind: live\ncron: '0 12 1 1 *'\ncondition: '${shape(index)}'\n`,
    };
  });
}
