// SPDX-License-Identifier: Apache-2.0
// MSAL's region discovery: where a confidential client that asks for the nearest authority goes.
// Prints the hosts that it called, in order.

import { readlinkSync } from 'node:fs';
import { ConfidentialClientApplication } from '@azure/msal-node';

if (process.env.OPENIMDS_TEST_NAMESPACE !== readlinkSync('/proc/self/ns/net')) {
  throw new Error('refused: MSAL calls the link-local address');
}

const IMDS = '169.254.169.254';
const hosts = [];

// Goes out to IMDS only; the authority is somebody's real one, and is refused.
async function send(method, url, options = {}) {
  const { host } = new URL(url);
  hosts.push(host);
  if (host !== IMDS) return { headers: {}, status: 503, body: { error: 'not here' } };
  const response = await fetch(url, { method, headers: options.headers });
  return {
    headers: Object.fromEntries(response.headers),
    status: response.status,
    body: await response.json(),
  };
}

const authority = 'https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222';
const application = new ConfidentialClientApplication({
  auth: { clientId: '33333333-3333-3333-3333-333333333333', clientSecret: 'x', authority },
  system: {
    networkClient: {
      sendGetRequestAsync: (url, options) => send('GET', url, options),
      sendPostRequestAsync: (url, options) => send('POST', url, options),
    },
  },
});
await application
  .acquireTokenByClientCredential({ scopes: ['https://vault.example/.default'], azureRegion: 'TryAutoDetect' })
  .catch(() => {});
process.stdout.write(JSON.stringify(hosts));
