// SPDX-License-Identifier: Apache-2.0
// What the independent authorities share: HTTPS on a port of their own, a line on stdout that says
// where, and a count of the requests for tokens (GET /calls).

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

console.info = console.error; // stdout is for the one line
console.warn = console.error;

const ANSWER_TIME = 150; // ms; so that callers who come together do wait together

// `makeHandler(url, settings)` makes what answers all but /calls. The settings are argv's JSON.
export async function serveUpstream(makeHandler) {
  const settings = JSON.parse(process.argv[2]);
  const server = createServer({
    cert: readFileSync(settings.certificate),
    key: readFileSync(settings.key),
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://localhost:${server.address().port}`;
  const answer = await makeHandler(url, settings);
  let calls = 0;
  server.on('request', async (request, response) => {
    if (request.url === '/calls') {
      response.end(JSON.stringify({ calls }));
      return;
    }
    if (request.method === 'POST') {
      calls += 1;
      await delay(ANSWER_TIME);
    }
    answer(request, response);
  });
  process.stdout.write(`${JSON.stringify({ url })}\n`);
}
