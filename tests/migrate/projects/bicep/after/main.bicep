param location string = resourceGroup().location

resource vm 'Microsoft.Compute/virtualMachines@2021-03-01' = {
  name: 'vm1'
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {}
}

// The extension for managed identities.

resource script 'Microsoft.Compute/virtualMachines/extensions@2021-03-01' = {
  parent: vm
  name: 'script'
  dependsOn: []
  properties: {
    publisher: 'Microsoft.Azure.Extensions'
    type: 'CustomScript'
  }
}

resource job 'Microsoft.Resources/deployments@2021-04-01' = {
  name: 'job'
  dependsOn: [
    script
    vm
  ]
  properties: { mode: 'Incremental' }
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2018-11-30' existing = {
  name: 'web'
}
