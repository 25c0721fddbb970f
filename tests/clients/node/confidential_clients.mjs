// SPDX-License-Identifier: Apache-2.0
// Applications that prove themselves to an authority with the npm SDKs, unmodified. The protocol is
// described in client_program.py; `endpoint` is the authority here, and one application object asks
// for all `resources`, one after the other. Its proof is `secret`, `certificate` (a PEM file with
// the key) or `assertion` (a file).

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

import {
  ClientCertificateCredential, ClientSecretCredential, WorkloadIdentityCredential,
} from '@azure/identity';
import { ConfidentialClientApplication } from '@azure/msal-node';

import { answerRequests } from './requests.mjs';

const readText = (file) => readFileSync(file, 'utf8');

// With the SHA-256 thumbprint MSAL signs PS256, with the older one RS256.
function msalCertificate(file, thumbprint) {
  const privateKey = readText(file);
  const certificate = new X509Certificate(privateKey);
  const digits = (fingerprint) => fingerprint.replaceAll(':', '');
  return thumbprint === 'sha1'
    ? { privateKey, thumbprint: digits(certificate.fingerprint) }
    : { privateKey, thumbprintSha256: digits(certificate.fingerprint256) };
}

function msalProof({ secret, certificate, assertion, thumbprint }) {
  if (secret) return { clientSecret: secret };
  if (certificate) return { clientCertificate: msalCertificate(certificate, thumbprint) };
  return { clientAssertion: async () => readText(assertion) };
}

function msalNode(request) {
  const { endpoint, tenant, client_id } = request;
  const application = new ConfidentialClientApplication({
    auth: {
      clientId: client_id,
      authority: `${endpoint}/${tenant}`,
      knownAuthorities: [new URL(endpoint).host],
      ...msalProof(request),
    },
  });
  return async (scope) => {
    const token = await application.acquireTokenByClientCredential({ scopes: [scope] });
    return { value: token.accessToken, expires_on: token.expiresOn.getTime() / 1000 };
  };
}

function identityCredential({ endpoint, tenant, client_id, secret, certificate, assertion }) {
  const options = { authorityHost: endpoint, disableInstanceDiscovery: true };
  if (secret) return new ClientSecretCredential(tenant, client_id, secret, options);
  if (certificate) return new ClientCertificateCredential(tenant, client_id, certificate, options);
  return new WorkloadIdentityCredential({
    tenantId: tenant, clientId: client_id, tokenFilePath: assertion, ...options,
  });
}

function azureIdentity(request) {
  const credential = identityCredential(request);
  return async (scope) => {
    const token = await credential.getToken(scope);
    return { value: token.token, expires_on: token.expiresOnTimestamp / 1000 };
  };
}

const clients = { 'msal-node': msalNode, 'azure-identity': azureIdentity };

await answerRequests(async (request) => {
  const acquire = clients[request.client](request);
  const tokens = [];
  for (const resource of request.resources) tokens.push(await acquire(`${resource}/.default`));
  return { tokens };
});
