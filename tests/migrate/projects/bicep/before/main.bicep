param location string = resourceGroup().location

resource vm 'Microsoft.Compute/virtualMachines@2021-03-01' = {
  name: 'vm1'
  location: location
  properties: {}
}

// The extension for managed identities.
@description('Old')
resource msi 'Microsoft.Compute/virtualMachines/extensions@2021-03-01' = {
  parent: vm
  name: 'ManagedIdentityExtensionForLinux'
  location: location
  properties: {
    publisher: 'Microsoft.ManagedIdentity'
    type: 'ManagedIdentityExtensionForLinux'
    typeHandlerVersion: '1.0'
    settings: {
      port: 50342
    }
  }
}

resource script 'Microsoft.Compute/virtualMachines/extensions@2021-03-01' = {
  parent: vm
  name: 'script'
  dependsOn: [
    msi
  ]
  properties: {
    publisher: 'Microsoft.Azure.Extensions'
    type: 'CustomScript'
  }
}

resource job 'Microsoft.Resources/deployments@2021-04-01' = {
  name: 'job'
  dependsOn: [
    script
    msi
  ]
  properties: { mode: 'Incremental' }
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2018-11-30' existing = {
  name: 'web'
}
