provider "azurerm" {
  features {}
  use_msi      = true
}

resource "azurerm_linux_virtual_machine" "vm" {
  name     = "vm1"
  location = "westeurope"

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_virtual_machine_extension" "script" {
  name               = "script"
  virtual_machine_id = azurerm_linux_virtual_machine.vm.id
  publisher          = "Microsoft.Azure.Extensions"
  depends_on         = []
}

resource "null_resource" "after" {
  depends_on = [
    azurerm_linux_virtual_machine.vm,
    azurerm_virtual_machine_extension.script,
  ]
}
