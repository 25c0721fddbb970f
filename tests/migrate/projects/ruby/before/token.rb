require 'net/http'
require 'ms_rest_azure'

ENV['MSI_VM'] = 'true'
provider = MsRestAzure::MSITokenProvider.new(50342)

def token(resource)
  uri = URI("http://localhost:50342/oauth2/token?resource=#{resource}")
  Net::HTTP.start(uri.host, uri.port) do |http|
    http.get(uri.request_uri, 'Metadata' => 'true')
  end
end
