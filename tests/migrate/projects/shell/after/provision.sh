#!/bin/sh
set -e
az vm identity assign --resource-group "$GROUP" --name web-01
az vmss identity assign --resource-group "$GROUP" --name web
# The way off, which stays:
az vm extension delete -g "$GROUP" --vm-name web-02 -n ManagedIdentityExtensionForLinux
az vmss extension delete -g "$GROUP" --vmss-name old -n ManagedIdentityExtensionForWindows
az provider register --namespace Microsoft.ManagedIdentity
az vm extension set -g "$GROUP" --vm-name web-01 --publisher Microsoft.Azure.Extensions --name CustomScript
