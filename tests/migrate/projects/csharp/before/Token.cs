using System.Net.Http;
using Microsoft.Azure.Management.ResourceManager.Fluent.Authentication;

static class Token
{
    const int MsiPort = 50342;

    public static HttpRequestMessage Get(string resource)
    {
        var request = new HttpRequestMessage(HttpMethod.Get,
            $"http://localhost:50342/oauth2/token?resource={resource}");
        request.Headers.Add("Metadata", "true");
        return request;
    }

    public static object Old() => new MSILoginInformation(MSIResourceType.VirtualMachine);
}
