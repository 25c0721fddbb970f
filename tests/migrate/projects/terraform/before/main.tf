provider "azurerm" {
  features {}
  use_msi      = true
  msi_endpoint = "http://localhost:50342/oauth2/token"
}

resource "azurerm_linux_virtual_machine" "vm" {
  name     = "vm1"
  location = "westeurope"
}

resource "azurerm_virtual_machine_extension" "msi" {
  name                 = "ManagedIdentityExtensionForLinux"
  virtual_machine_id   = azurerm_linux_virtual_machine.vm.id
  publisher            = "Microsoft.ManagedIdentity"
  type                 = "ManagedIdentityExtensionForLinux"
  type_handler_version = "1.0"

  settings = <<SETTINGS
    { "port": 50342 }
SETTINGS
}

resource "azurerm_virtual_machine_extension" "script" {
  name               = "script"
  virtual_machine_id = azurerm_linux_virtual_machine.vm.id
  publisher          = "Microsoft.Azure.Extensions"
  depends_on         = [azurerm_virtual_machine_extension.msi]
}

resource "null_resource" "after" {
  depends_on = [
    azurerm_virtual_machine_extension.msi,
    azurerm_virtual_machine_extension.script,
  ]
}
