import { z } from 'zod';

/** A number written as text, in a variable or an address; what is none stays text, so that a message can repeat it. */
export function numeric(schema: z.ZodNumber): z.ZodPreprocess<z.ZodNumber> {
  return z.preprocess(
    (text) =>
      typeof text === 'string' && /\d/.test(text) && !Number.isNaN(Number(text)) ? Number(text) : text,
    schema,
  );
}
