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
            name: 'health'
            properties: { publisher: 'Microsoft.ManagedServices' }
          }
        ]
      }
    }
  }
}
