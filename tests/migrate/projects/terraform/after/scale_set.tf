resource "azurerm_linux_virtual_machine_scale_set" "web" {
  name = "web"

  extension {
    name      = "health"
    publisher = "Microsoft.ManagedServices"
  }

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_user_assigned_identity" "web" {
  name = "Microsoft.ManagedIdentity/userAssignedIdentities is a type"
}
