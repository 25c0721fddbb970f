using System.Net.Http;
using Microsoft.Azure.Management.ResourceManager.Fluent.Authentication;

static class Token
{
    const int MsiPort = 50342;

    public static HttpRequestMessage Get(string resource)
    {
        var request = new HttpRequestMessage(HttpMethod.Get,
            $"http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}");
        request.Headers.Add("Metadata", "true");
        return request;
    }

    public static object Old() => new MSILoginInformation(MSIResourceType.VirtualMachine);
}
