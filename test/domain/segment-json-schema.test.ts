import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { segmentJsonSchema } from '../../src/domain/segment-json-schema.ts';

test('the published JSON Schema is the one of the code; `npm run schema` writes it', async () => {
  const published = await readFile(new URL('../../schemas/segment.schema.json', import.meta.url), 'utf8');

  expect(published).toBe(segmentJsonSchema());
});
