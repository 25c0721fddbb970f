// SPDX-License-Identifier: Apache-2.0

// A metadata server as one would write it first: each request asks the authority. It stands beside
// ours in herd.py and is told in the environment where the authority is.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
)

func main() {
	authority := os.Getenv("AUTHORITY")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	handler := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Metadata") != "true" {
			http.Error(w, "no metadata header", http.StatusBadRequest)
			return
		}
		answer, err := client.PostForm(authority, url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"x"}, "client_secret": {"x"},
			"scope": {r.URL.Query().Get("resource") + "/.default"}})
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		defer answer.Body.Close()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.StatusCode)
		io.Copy(w, answer.Body)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	panic(http.Serve(listener, http.HandlerFunc(handler)))
}
