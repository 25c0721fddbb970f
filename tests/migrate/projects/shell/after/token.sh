#!/bin/bash
# curl http://localhost:50342/oauth2/token is what we did before.

response=$(curl --get 'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01' --data "resource=https://management.azure.com/" -H Metadata:true -s)
echo "$response"

curl --get -s \
     -H 'Metadata: true' \
     -d "resource=$RESOURCE" \
     'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01' | jq -r .access_token

curl -sS "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net&client_id=$CLIENT_ID" -H Metadata:true
x=`curl --get -H Metadata:true -s 'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01' --data resource=https://vault.azure.net`

systemctl restart azuremsixtn.service
cat /var/lib/waagent/ManagedIdentity-Settings
sh -c "curl -H Metadata:true http://localhost:50342/oauth2/token?resource=x"
curl -X PUT http://localhost:50342/oauth2/token
