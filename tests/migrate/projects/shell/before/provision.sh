#!/bin/sh
set -e
az vm extension set --resource-group "$GROUP" --vm-name web-01 \
  --publisher Microsoft.ManagedIdentity --name ManagedIdentityExtensionForLinux \
  --version 1.0 --settings '{"port": 50342}'
az vmss extension set -g "$GROUP" --vmss-name web --publisher Microsoft.ManagedIdentity -n ManagedIdentityExtensionForLinux
# The way off, which stays:
az vm extension delete -g "$GROUP" --vm-name web-02 -n ManagedIdentityExtensionForLinux
az vmss extension delete -g "$GROUP" --vmss-name old -n ManagedIdentityExtensionForWindows
az provider register --namespace Microsoft.ManagedIdentity
az vm extension set -g "$GROUP" --vm-name web-01 --publisher Microsoft.Azure.Extensions --name CustomScript
