import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arbitraryConditionOn } from '../../domain/condition/arbitraries.ts';
import { describeWithElastic } from '../../support/elastic.ts';
import { elasticClient, knownToElastic } from '../../support/elastic/under-test.ts';
import { makeBracketedIndex, type BracketedIndex } from '../../support/elastic/bracketed-index.ts';
import { checkSoundness, type Tightness } from '../../support/elastic/soundness.ts';
import {
  arbitraryDocument,
  arbitraryPlainDocument,
  BRACKET_PATHS,
  MAPPING_KINDS,
} from '../../support/elastic/mapping-kinds.ts';

const DOCUMENTS = Number(process.env['STRATA_BRACKET_DOCUMENTS'] ?? 150);
const CONDITIONS = Number(process.env['STRATA_BRACKET_CONDITIONS'] ?? 40);
const SEED = Number(process.env['STRATA_BRACKET_SEED'] ?? 11);
function report(name: string, index: BracketedIndex, { exact, bounded, full, open, all }: Tightness): void {
  const part = Math.round((100 * open) / all);
  console.log(
    `${name}: ${index.taken.size} documents (${index.refused} refused); ${exact} exact, ${bounded} bounded, ${full} full; ${part} % open`,
  );
}

describeWithElastic('lower ⊆ matches ⊆ upper on the real server', () => {
  const client = elasticClient();
  const conditions = fc.sample(arbitraryConditionOn(BRACKET_PATHS), { numRuns: CONDITIONS, seed: SEED });

  describe.each(MAPPING_KINDS.filter(knownToElastic))('$name', (kind) => {
    test('for random conditions on random documents', async () => {
      const documents = fc.sample(arbitraryDocument(kind), { numRuns: DOCUMENTS, seed: SEED });
      const index = await makeBracketedIndex(client, kind.makings, documents);

      const tightness = await checkSoundness(index, conditions);

      report(kind.name, index, tightness);
      expect(index.refused).toBeLessThan(documents.length / 2);
    });

    test('for random conditions on plain documents', async () => {
      const documents = fc.sample(arbitraryPlainDocument(kind), { numRuns: DOCUMENTS, seed: SEED });
      const index = await makeBracketedIndex(client, kind.makings, documents, {
        plainDocuments: true,
      });

      const tightness = await checkSoundness(index, conditions);

      report(`${kind.name}, plain`, index, tightness);
      expect(index.refused).toBeLessThan(documents.length / 2);
    });
  });
});
