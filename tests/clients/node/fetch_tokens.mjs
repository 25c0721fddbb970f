// SPDX-License-Identifier: Apache-2.0
// The npm clients, unmodified. The protocol is described in client_program.py.

import { answerRequests } from './requests.mjs';

const scopeOf = (resource) => `${resource}/.default`;
const identityOptions = ({ client_id, object_id, resource_id }) =>
  ({ clientId: client_id, objectId: object_id, resourceId: resource_id });
const fromIdentity = (token) =>
  ({ value: token.token, expires_on: token.expiresOnTimestamp / 1000 });

// These SDKs put the seconds of `expires_on` into a Date as if they were milliseconds.
const fromNodeauth = (token) =>
  ({ value: token.accessToken, expires_on: token.expiresOn.getTime() });

function fromCallback(credentials) {
  return new Promise((resolve, reject) =>
    credentials.getToken((error, token) => (error ? reject(error) : resolve(token))));
}

const clients = {
  async 'azure-identity'({ resource, select }) {
    const { ManagedIdentityCredential } = await import('@azure/identity');
    const credential = new ManagedIdentityCredential(identityOptions(select));
    return fromIdentity(await credential.getToken(scopeOf(resource)));
  },

  async 'azure-identity-default'({ resource, select }) {
    const { DefaultAzureCredential } = await import('@azure/identity');
    const credential = new DefaultAzureCredential({
      managedIdentityClientId: select.client_id,
      managedIdentityResourceId: select.resource_id,
    });
    return fromIdentity(await credential.getToken(scopeOf(resource)));
  },

  async 'msal-node'({ resource, select }) {
    const { ManagedIdentityApplication } = await import('@azure/msal-node');
    const application = new ManagedIdentityApplication({
      managedIdentityIdParams: {
        userAssignedClientId: select.client_id,
        userAssignedObjectId: select.object_id,
        userAssignedResourceId: select.resource_id,
      },
    });
    const result = await application.acquireToken({ resource });
    return { value: result.accessToken, expires_on: result.expiresOn.getTime() / 1000 };
  },

  async 'ms-rest-azure-2.3'({ resource, port }) {
    const { loginWithMSI } = (await import('ms-rest-azure-2.3')).default;
    const credentials = await loginWithMSI('contoso.example', { resource, port });
    const token = await fromCallback(credentials);
    return { value: token.access_token, expires_on: Number(token.expires_on) };
  },

  async 'ms-rest-azure-2.5'({ resource, port }) {
    const { loginWithVmMSI } = (await import('ms-rest-azure-2.5')).default;
    const token = await fromCallback(await loginWithVmMSI({ resource, port }));
    return { value: token.accessToken, expires_on: Number(token.expires_on) };
  },

  async 'ms-rest-azure-3.0'({ resource, endpoint }) {
    const { loginWithVmMSI } = (await import('ms-rest-azure')).default;
    const options = { resource, msiEndpoint: endpoint };
    return fromNodeauth(await fromCallback(await loginWithVmMSI(options)));
  },

  async 'nodeauth-0.8'({ resource, port }) {
    const { loginWithVmMSI } = (await import('nodeauth-0.8')).default;
    return fromNodeauth(await (await loginWithVmMSI({ resource, port })).getToken());
  },

  async 'nodeauth-3.1'({ resource, endpoint, select, method }) {
    const { loginWithVmMSI } = (await import('@azure/ms-rest-nodeauth')).default;
    const credentials = await loginWithVmMSI({
      resource,
      msiEndpoint: endpoint,
      httpMethod: method,
      clientId: select.client_id,
      objectId: select.object_id,
      identityId: select.resource_id,
    });
    return fromNodeauth(await credentials.getToken());
  },
};

function fetchTokens(request) {
  const fetchOne = clients[request.client];
  return Promise.all(Array.from({ length: request.parallel ?? 1 }, () => fetchOne(request)));
}

await answerRequests(async (request) => ({ tokens: await fetchTokens(request) }));
