// SPDX-License-Identifier: Apache-2.0
// npm's oauth2-mock-server, which believes everybody: who has another secret than the one in the
// settings is refused by hand here. The audience is what comes before `/.default`, as at Entra.

import { OAuth2Server } from 'oauth2-mock-server';

import { serveUpstream } from './https_upstream.mjs';

await serveUpstream(async (url, { client_id, client_secret }) => {
  const { issuer, service } = new OAuth2Server();
  issuer.url = url;
  await issuer.keys.generate('RS256');
  service.on('beforeTokenSigning', ({ payload }, { body }) => {
    payload.aud = body.scope.replace(/\/\.default$/, '');
    payload.sub = body.client_id;
  });
  service.on('beforeResponse', (response, { body }) => {
    if (body.client_id === client_id && body.client_secret === client_secret) return;
    response.statusCode = 401;
    response.body = { error: 'invalid_client', error_description: 'another secret was expected' };
  });
  return service.requestHandler;
});
