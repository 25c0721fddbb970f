// SPDX-License-Identifier: Apache-2.0
// One JSON request a line in, one JSON answer a line out (client_program.py).

import { readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';

const POINTERS = ['AZURE_POD_IDENTITY_AUTHORITY_HOST', 'MSI_ENDPOINT', 'IDENTITY_ENDPOINT'];

// An SDK that nothing points at a test service calls the link-local address, which on another
// machine may belong to a real cloud. That is allowed only where in_namespace.sh has been.
function refuseOutsideNamespace({ endpoint, port }) {
  if (endpoint || port || POINTERS.some((name) => process.env[name])) return;
  if (process.env.OPENIMDS_TEST_NAMESPACE === readlinkSync('/proc/self/ns/net')) return;
  throw new Error('refused: an SDK without set-up runs in a network namespace only');
}

const describe = (error) => ({ type: error.name, message: String(error.message) });

export async function answerRequests(answer) {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = { select: {}, ...JSON.parse(line) };
    let reply;
    try {
      refuseOutsideNamespace(request);
      reply = await answer(request);
    } catch (error) {
      reply = { error: describe(error) };
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}
