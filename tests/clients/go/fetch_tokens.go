// SPDX-License-Identifier: Apache-2.0

// Go's adal, unmodified. The protocol is described in client_program.py.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/Azure/go-autorest/autorest/adal"
)

type request struct {
	Client   string            `json:"client"`
	Resource string            `json:"resource"`
	Endpoint string            `json:"endpoint"`
	Select   map[string]string `json:"select"`
	Parallel int               `json:"parallel"`
}

type token struct {
	Value     string `json:"value"`
	ExpiresOn int64  `json:"expires_on"`
}

type failure struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

type answer struct {
	Tokens []token  `json:"tokens,omitempty"`
	Error  *failure `json:"error,omitempty"`
}

// An SDK that nothing points at a test service calls the link-local address, which on another
// machine may belong to a real cloud. That is allowed only where in_namespace.sh has been.
func refuseOutsideNamespace(r request) error {
	if r.Endpoint != "" || os.Getenv("MSI_ENDPOINT") != "" {
		return nil
	}
	namespace, err := os.Readlink("/proc/self/ns/net")
	if err != nil || os.Getenv("OPENIMDS_TEST_NAMESPACE") != namespace {
		return errors.New("refused: an SDK without set-up runs in a network namespace only")
	}
	return nil
}

// The older functions, which take the endpoint as an argument.
func fromEndpoint(r request) (*adal.ServicePrincipalToken, error) {
	if id := r.Select["client_id"]; id != "" {
		return adal.NewServicePrincipalTokenFromMSIWithUserAssignedID(r.Endpoint, r.Resource, id)
	}
	if id := r.Select["resource_id"]; id != "" {
		return adal.NewServicePrincipalTokenFromMSIWithIdentityResourceID(r.Endpoint, r.Resource, id)
	}
	return adal.NewServicePrincipalTokenFromMSI(r.Endpoint, r.Resource)
}

// The newer function, which finds the endpoint by itself.
func fromSurroundings(r request) (*adal.ServicePrincipalToken, error) {
	return adal.NewServicePrincipalTokenFromManagedIdentity(r.Resource, &adal.ManagedIdentityOptions{
		ClientID:           r.Select["client_id"],
		IdentityResourceID: r.Select["resource_id"],
	})
}

func fetchOne(r request) (token, error) {
	makeToken := fromSurroundings
	if r.Endpoint != "" {
		makeToken = fromEndpoint
	}
	principal, err := makeToken(r)
	if err != nil {
		return token{}, err
	}
	if err = principal.EnsureFresh(); err != nil {
		return token{}, err
	}
	fetched := principal.Token()
	return token{fetched.AccessToken, fetched.Expires().Unix()}, nil
}

func fetchTokens(r request) ([]token, error) {
	type outcome struct {
		token token
		err   error
	}
	outcomes := make(chan outcome, r.Parallel)
	for i := 0; i < r.Parallel; i++ {
		go func() {
			t, err := fetchOne(r)
			outcomes <- outcome{t, err}
		}()
	}
	var tokens []token
	for i := 0; i < r.Parallel; i++ {
		o := <-outcomes
		if o.err != nil {
			return nil, o.err
		}
		tokens = append(tokens, o.token)
	}
	return tokens, nil
}

func answerTo(line []byte) answer {
	r := request{Parallel: 1}
	err := json.Unmarshal(line, &r)
	if err == nil {
		err = refuseOutsideNamespace(r)
	}
	var tokens []token
	if err == nil {
		tokens, err = fetchTokens(r)
	}
	if err != nil {
		return answer{Error: &failure{fmt.Sprintf("%T", err), err.Error()}}
	}
	return answer{Tokens: tokens}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := out.Encode(answerTo(lines.Bytes())); err != nil {
			panic(err)
		}
	}
}
