package main

import (
	"net/http"

	"github.com/Azure/go-autorest/autorest/adal"
)

/* The endpoint was http://localhost:50342/oauth2/token. */
func request(resource string) (*http.Request, error) {
	req, err := http.NewRequest("GET", "http://localhost:50342/oauth2/token", nil)
	if err != nil {
		return nil, err
	}
	q := req.URL.Query()
	q.Add("resource", resource)
	req.URL.RawQuery = q.Encode()
	req.Header.Set("Metadata", "true")
	return req, nil
}

func old(resource string) (*adal.ServicePrincipalToken, error) {
	endpoint, err := adal.GetMSIVMEndpoint()
	if err != nil {
		return nil, err
	}
	return adal.NewServicePrincipalTokenFromMSI(endpoint, resource)
}
