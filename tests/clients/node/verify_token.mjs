// SPDX-License-Identifier: Apache-2.0
// A relying party that knows nothing of us but the address of a discovery document, and checks
// tokens with jose. It keeps the key set, as a server does, and reloads it for an unknown kid.

import { createRemoteJWKSet, jwtVerify } from 'jose';

import { answerRequests } from './requests.mjs';

const parties = new Map();

async function discover(url) {
  const document = await (await fetch(url)).json();
  return {
    document,
    keys: createRemoteJWKSet(new URL(document.jwks_uri), { cooldownDuration: 0 }),
  };
}

async function partyFor(url) {
  if (!parties.has(url)) parties.set(url, await discover(url));
  return parties.get(url);
}

await answerRequests(async ({ endpoint, token, audience, issuer }) => {
  const { document, keys } = await partyFor(endpoint);
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer: issuer ?? document.issuer,
    audience,
    algorithms: ['RS256'],
    requiredClaims: ['exp', 'iat', 'nbf', 'sub', 'oid', 'tid'],
  });
  return { payload, header: protectedHeader, jwks: keys.jwks() };
});
