/** Writes the JSON Schema of a definition file, which editors use; a test fails when it is stale. */
import { writeFile } from 'node:fs/promises';
import { segmentJsonSchema } from '../src/domain/segment-json-schema.ts';

await writeFile(new URL('../schemas/segment.schema.json', import.meta.url), segmentJsonSchema());
