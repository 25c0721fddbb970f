provider "azuread" {
  use_msi      = true
  msi_endpoint = var.msi_endpoint
}
