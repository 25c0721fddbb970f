resource msi 'Microsoft.Compute/virtualMachines/extensions@2021-03-01' = {
  name: '${vm.name}/msi'
  properties: {
    publisher: 'Microsoft.ManagedIdentity'
    type: 'ManagedIdentityExtensionForLinux'
  }
}

output id string = msi.id
