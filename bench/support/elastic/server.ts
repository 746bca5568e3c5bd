import { startElasticServer } from '../../../test/support/elastic/server.ts';
import { ELASTIC_VERSION } from '../../../test/support/elastic/distribution.ts';

export interface BenchElastic {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** The Elasticsearch that BENCH_ELASTIC_PORT names, or one of our own with room for a few million profiles. */
export async function benchElastic(): Promise<BenchElastic> {
  const port = process.env['BENCH_ELASTIC_PORT'];
  if (port !== undefined)
    return { port: Number(port), url: `http://127.0.0.1:${port}`, stop: () => Promise.resolve() };
  return startElasticServer(ELASTIC_VERSION, (line) => process.stderr.write(`${line}\n`), [
    '-Xms2g',
    '-Xmx2g',
  ]);
}
