// SPDX-License-Identifier: Apache-2.0
// @azure/storage-blob with ManagedIdentityCredential, against the store at `url`.

import { ManagedIdentityCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';

import { answerRequests } from './requests.mjs';

await answerRequests(async ({ url, container, text, audience }) => {
  const options = { audience, retryOptions: { maxTries: 1 } };
  const service = new BlobServiceClient(url, new ManagedIdentityCredential(), options);
  const client = service.getContainerClient(container);
  await client.create();
  const blob = client.getBlockBlobClient('greeting.txt');
  await blob.upload(text, Buffer.byteLength(text));
  return { text: (await blob.downloadToBuffer()).toString() };
});
