const http = require('http');

const MSI = 'http://169.254.169.254/metadata/identity/oauth2/token';

// Asks for a token; see http://localhost:50342/oauth2/token for the protocol.
async function getToken(resource) {
  const url = `${MSI}?api-version=2018-02-01&resource=${encodeURIComponent(resource)}`;
  const answer = await fetch(url, { headers: { Metadata: 'true' } });
  return (await answer.json()).access_token;
}

module.exports = { getToken };
