require 'net/http'
require 'ms_rest_azure'

ENV['MSI_VM'] = 'true'
provider = MsRestAzure::MSITokenProvider.new(50342)

def token(resource)
  uri = URI("http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=#{resource}")
  Net::HTTP.start(uri.host, uri.port) do |http|
    http.get(uri.request_uri, 'Metadata' => 'true')
  end
end
