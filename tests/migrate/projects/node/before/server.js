const http = require('http');

const MSI = 'http://localhost:50342/oauth2/token';

// Asks for a token; see http://localhost:50342/oauth2/token for the protocol.
async function getToken(resource) {
  const url = `${MSI}?resource=${encodeURIComponent(resource)}`;
  const answer = await fetch(url, { headers: { Metadata: 'true' } });
  return (await answer.json()).access_token;
}

module.exports = { getToken };
