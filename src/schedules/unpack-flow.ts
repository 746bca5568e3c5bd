import { gunzipSync } from 'node:zlib';

/** More than any flow: what unpacks to more is not one. */
const MAX_FLOW_BYTES = 32 * 1024 * 1024;

const GZIP_MAGIC = [0x1f, 0x8b];

/** Opens what Tracardi keeps of a flow: base64 of the gzipped JSON, in older records of the JSON itself. */
export function unpackFlow(packed: string): string {
  const bytes = Buffer.from(packed, 'base64');
  const isGzip = GZIP_MAGIC.every((byte, index) => bytes[index] === byte);
  return (isGzip ? gunzipSync(bytes, { maxOutputLength: MAX_FLOW_BYTES }) : bytes).toString('utf8');
}
