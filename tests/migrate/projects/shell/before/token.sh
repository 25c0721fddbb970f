#!/bin/bash
# curl http://localhost:50342/oauth2/token is what we did before.
export MSI_ENDPOINT=http://localhost:50342/oauth2/token

response=$(curl http://localhost:50342/oauth2/token --data "resource=https://management.azure.com/" -H Metadata:true -s)
echo "$response"

curl -s -X POST \
     -H 'Metadata: true' \
     -d "resource=$RESOURCE" \
     http://localhost:50342/oauth2/token | jq -r .access_token

curl -sS "http://localhost:50342/oauth2/token?resource=https%3A%2F%2Fvault.azure.net&client_id=$CLIENT_ID" -H Metadata:true
x=`curl -s http://127.0.0.1:50342/oauth2/token --data resource=https://vault.azure.net`

systemctl restart azuremsixtn.service
cat /var/lib/waagent/ManagedIdentity-Settings
sh -c "curl -H Metadata:true http://localhost:50342/oauth2/token?resource=x"
curl -X PUT http://localhost:50342/oauth2/token
