<# Asks http://localhost:50342/oauth2/token. #>
$response = Invoke-WebRequest -Uri http://localhost:50342/oauth2/token -Method GET -Body @{resource="https://management.azure.com/"} -Headers @{Metadata="true"}

$postBody = @{ resource = "https://vault.azure.net" }
$headers = @{ Metadata = "true" }
Invoke-RestMethod -Uri 'http://localhost:50342/oauth2/token' `
    -Method POST `
    -Body $postBody -Headers $headers

Invoke-RestMethod "http://localhost:50342/oauth2/token?resource=$resource"
Invoke-RestMethod -Method Post -Uri http://localhost:50342/oauth2/token -Body $text -Headers $headers

$settings = @{ "port" = 50342 }
Set-AzVMExtension -ResourceGroupName g -Location westeurope -VMName vm `
    -Name "ManagedIdentityExtensionForWindows" -Type "ManagedIdentityExtensionForWindows" `
    -Publisher "Microsoft.ManagedIdentity" -TypeHandlerVersion "1.0" -Settings $settings
Remove-AzVMExtension -ResourceGroupName g -Name "ManagedIdentityExtensionForWindows" -VMName vm
