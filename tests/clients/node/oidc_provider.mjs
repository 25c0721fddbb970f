// SPDX-License-Identifier: Apache-2.0
// npm's oidc-provider, strict about who asks: an authority that is nobody's copy of Entra.
// Settings: `clients`, with the metadata of OpenID Connect; a client's `certificate` is a PEM file.

import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { Provider } from 'oidc-provider';

import { serveUpstream } from './https_upstream.mjs';

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: 'upstream', use: 'sig', alg: 'RS256' };
}

function keysOf(certificate) {
  const { publicKey } = new X509Certificate(readFileSync(certificate));
  return { keys: [publicKey.export({ format: 'jwk' })] };
}

const clientOf = ({ certificate, ...metadata }) => ({
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  ...(certificate && { jwks: keysOf(certificate) }),
  ...metadata,
});

// A JWT for the audience that `resource` asks for (RFC 8707 and RFC 9068).
const resourceServer = (_, resource) => ({
  audience: resource,
  scope: '',
  accessTokenFormat: 'jwt',
  accessTokenTTL: 3600,
  jwt: { sign: { alg: 'RS256' } },
});

await serveUpstream((url, { clients }) => new Provider(url, {
  clients: clients.map(clientOf),
  jwks: { keys: [signingKey()] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: { enabled: true, getResourceServerInfo: resourceServer },
  },
}).callback());
