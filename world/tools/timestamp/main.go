// Sigstore's timestamp authority without its metrics: the stock command binds them to port 2112 of every address and ends when that port is
// taken, so that two of them cannot run on one machine. The key and its certificates are made at start and kept in memory.
//
// It prints its port as the first line and ends when its standard input is closed.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/sigstore/timestamp-authority/v2/pkg/server"
	"github.com/spf13/viper"
)

const timeout = 30 * time.Second

func main() {
	// The stock command's defaults, which the server reads from here.
	const policy = "1.3.6.1.4.1.57264.2"
	viper.Set("timestamp-signer", "memory")
	viper.Set("timestamp-signer-hash", "sha256")
	viper.Set("default-policy-oid", policy)
	viper.Set("accepted-policy-oids", []string{policy})
	viper.Set("max-request-body-size", 1<<20)

	authority := server.NewRestAPIServer("127.0.0.1", 0, []string{"http"}, false, timeout, timeout)
	if err := authority.Listen(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(authority.Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	log.Fatal(authority.Serve())
}
