export const ask = (resource) =>
  fetch('http://localhost:50342/oauth2/token', {
    method: 'POST',
    headers: { Metadata: 'true' },
    body: new URLSearchParams({ resource }),
  });
