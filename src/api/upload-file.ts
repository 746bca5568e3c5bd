import { createReadStream } from 'node:fs';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** The system finds out by them that the other machine is gone; one that is only busy answers them all the same. */
const PROBE_EVERY_MS = 30_000;

/**
 * Sends a file, and waits for the answer for as long as the other side works on it: Node's fetch would give up after
 * five minutes, and its limit is not ours to set. Answers the status and the body's JSON.
 */
export async function uploadFile(
  url: URL,
  file: string,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, { method: 'POST' });
  request.setSocketKeepAlive(true, PROBE_EVERY_MS);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).on('error', reject);
    // A refusal may come before all is sent: what becomes of the rest does not matter then.
    pipeline(createReadStream(file), request).catch(reject);
  });
  try {
    return { status: response.statusCode ?? 0, body: await json(response) };
  } finally {
    request.destroy();
  }
}
