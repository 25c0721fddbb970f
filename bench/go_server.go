// SPDX-License-Identifier: Apache-2.0

// A metadata server as it is usually written in Go, reduced to its floor: net/http, one handler,
// bytes that exist before the request does. Arguments: address, file with the body, then a name and
// a value for each header that net/http does not add by itself.
package main

import (
	"log"
	"net/http"
	"os"
	"strconv"
)

func main() {
	body, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	extra := os.Args[3:]
	http.HandleFunc("/metadata/",
		func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Metadata") != "true" {
				http.Error(w, "Metadata: true is required", http.StatusBadRequest)
				return
			}
			header := w.Header()
			for i := 0; i+1 < len(extra); i += 2 {
				header.Set(extra[i], extra[i+1])
			}
			header.Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body)
		})
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}
