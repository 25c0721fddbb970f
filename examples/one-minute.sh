#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# From nothing to a managed identity's tokens with the real `az`, and back again, in about a minute.
#
#   examples/one-minute.sh [OPENIMDS]     the program; else the one of ./dev build, or of PATH
#
# Needs `az`, and python3 with msrestazure, which comes with it (Debian: azure-cli). With Node.js and
# @azure/identity (NODE_PATH may say where) that asks as well, else curl does. Everything is in a
# temporary folder and on loopback: ports 50341 to 50344 must be free. Nothing of your own `az`
# login is touched.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
openimds=${1:-$here/build/release/src/openimds}
[ -x "$openimds" ] || openimds=$(command -v openimds)
python=/usr/bin/python3  # the one that has what az brought
[ -x "$python" ] || python=python3
folder=$(mktemp -d)
trap 'kill "${service:-0}" 2>/dev/null && wait "$service" 2>/dev/null; rm -rf "$folder"' EXIT

step() { printf '\n$ %s\n' "$*"; "$@"; }
of_admin() { "$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$admin" "$1"; }

# ---- the service: no vm_extension listener; the extension will be set by az --------------------
cat >"$folder/openimds.toml" <<TOML
[state]
dir = "$folder/state"
[[listener]]
protocol = "arm"
address = "127.0.0.1:50344"
[[listener]]
protocol = "authority"
address = "127.0.0.1:50343"
[[listener]]
protocol = "imds"
address = "127.0.0.1:50341"
machine = "web-01"
TOML
"$openimds" --config "$folder/openimds.toml" serve >"$folder/ready" 2>"$folder/log" &
service=$!
for _ in $(seq 100); do [ -s "$folder/ready" ] && break || sleep 0.1; done
[ -s "$folder/ready" ] || { cat "$folder/log" >&2; exit 1; }

# ---- az, pointed at it ----------------------------------------------------------------------------
"$openimds" --config "$folder/openimds.toml" authority ca >"$folder/ca.pem"
export REQUESTS_CA_BUNDLE=$folder/ca.pem SSL_CERT_FILE=$folder/ca.pem AZURE_CONFIG_DIR=$folder/azure
export AZURE_CORE_COLLECT_TELEMETRY=0 AZURE_CORE_ERROR_RECOMMENDATION=off NO_PROXY=localhost,127.0.0.1
export AZURE_EXTENSION_USE_DYNAMIC_INSTALL=no AZURE_CORE_ONLY_SHOW_ERRORS=1 PYTHONWARNINGS=ignore
admin=$folder/state/admin/admin.json
az cloud register --name openimds --endpoint-resource-manager https://localhost:50344 \
  --profile 2020-09-01-hybrid
az cloud set --name openimds
az login --service-principal --username "$(of_admin clientId)" --password="$(of_admin secret)" \
  --tenant "$(of_admin tenantId)" --output none

step az group create --name story --location westeurope --output none
step az identity create --resource-group story --name worker --output none
step az vm create --resource-group story --name web-01 --image Canonical:UbuntuServer:18.04-LTS:latest \
  --authentication-type password --admin-username me --admin-password 'Only-An-Example-1' --output none
step az vm identity assign --resource-group story --name web-01 --identities worker --output none
step az vm extension set --resource-group story --vm-name web-01 --version 1.0 \
  --publisher Microsoft.ManagedIdentity --name ManagedIdentityExtensionForLinux \
  --settings '{"port": 50342}' --output none
printf '\nworker: '
az identity show --resource-group story --name worker --query clientId --output tsv

# ---- two programs on that machine ------------------------------------------------------------------
whose='import base64, json, sys
part = sys.stdin.read().strip().split(".")[1]
claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
print("a token for", claims["aud"], "of", claims["appid"])'

old_way() {
  "$python" -c 'from msrestazure.azure_active_directory import get_msi_token
print(get_msi_token("https://vault.azure.net", port=50342)[1])'
}
new_way() {
  if command -v node >/dev/null && node -e 'require("@azure/identity")' 2>/dev/null; then
    AZURE_POD_IDENTITY_AUTHORITY_HOST=http://127.0.0.1:50341 node -e '
      const { ManagedIdentityCredential } = require("@azure/identity");
      new ManagedIdentityCredential().getToken("https://vault.azure.net/.default")
        .then((token) => console.log(token.token));'
  else
    curl -sf -H Metadata:true "$imds" | "$python" -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'
  fi
}
imds="http://127.0.0.1:50341/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net"
printf 'localhost:50342 (msrestazure): '; old_way | "$python" -c "$whose"
printf 'IMDS (@azure/identity):        '; new_way | "$python" -c "$whose"

# ---- and back ----------------------------------------------------------------------------------------
step az vm extension delete --resource-group story --vm-name web-01 --name ManagedIdentityExtensionForLinux
printf 'localhost:50342: '
old_way 2>/dev/null && exit 1 || echo 'nobody answers'
step az vm identity remove --resource-group story --name web-01 --identities worker --output none
printf 'IMDS: '
curl -s -w ' (%{http_code})\n' -H Metadata:true "$imds"
