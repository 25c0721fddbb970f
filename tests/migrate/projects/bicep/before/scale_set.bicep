resource scaleSet 'Microsoft.Compute/virtualMachineScaleSets@2021-03-01' = {
  name: 'web'
  location: 'westeurope'
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    virtualMachineProfile: {
      extensionProfile: {
        extensions: [
          {
            name: 'msi'
            properties: {
              publisher: 'Microsoft.ManagedIdentity'
              type: 'ManagedIdentityExtensionForLinux'
              settings: { port: 50342 }
            }
          }
          {
            name: 'health'
            properties: { publisher: 'Microsoft.ManagedServices' }
          }
        ]
      }
    }
  }
}
