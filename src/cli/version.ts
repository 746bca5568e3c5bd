import { createRequire } from 'node:module';
import { z } from 'zod';

/** From package.json, two folders up from both src/cli and dist/cli. */
export const VERSION: string = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)('../../package.json')).version;
