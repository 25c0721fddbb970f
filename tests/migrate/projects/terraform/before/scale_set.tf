resource "azurerm_linux_virtual_machine_scale_set" "web" {
  name = "web"

  extension {
    name      = "health"
    publisher = "Microsoft.ManagedServices"
  }

  extension {
    name      = "msi"
    publisher = "Microsoft.ManagedIdentity"
    type      = "ManagedIdentityExtensionForLinux"
    settings  = jsonencode({ "port" = 50342 })
  }
}

resource "azurerm_user_assigned_identity" "web" {
  name = "Microsoft.ManagedIdentity/userAssignedIdentities is a type"
}
