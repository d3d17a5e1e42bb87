// A stand-in for a certificate transparency log: it answers add-chain and add-pre-chain with an SCT that is signed as a log signs it, and
// keeps no tree, so nothing can ever be proved about it. Fulcio puts the SCT into its certificate and cosign checks the signature.
//
//	ct-log -key FILE
//
// FILE is an EC private key, PKCS#8 in PEM. It prints its port as the first line and ends when its standard input is closed.
// Format of requests and answers: RFC 6962, sections 4.1 and 4.2.
package main

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	ct "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"
)

// authority signs SCTs.
type authority struct {
	key *ecdsa.PrivateKey
	// id is the SHA-256 digest of the public key, by which a trusted root finds it.
	id [sha256.Size]byte
}

func main() {
	path := flag.String("key", "", "EC private key, PKCS#8 in PEM")
	flag.Parse()
	signer, err := newAuthority(*path)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	http.HandleFunc("POST "+ct.AddChainPath, signer.answer(ct.X509LogEntryType))
	http.HandleFunc("POST "+ct.AddPreChainPath, signer.answer(ct.PrecertLogEntryType))
	log.Fatal(http.Serve(listener, nil))
}

func newAuthority(path string) (*authority, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("the key is not PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("the key is not an EC key")
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &authority{key: key, id: sha256.Sum256(public)}, nil
}

func (a *authority) answer(kind ct.LogEntryType) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		var asked ct.AddChainRequest
		if err := json.NewDecoder(request.Body).Decode(&asked); err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
		sct, err := a.sign(asked.Chain, kind)
		if err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
		response.Header().Set("content-type", "application/json")
		_ = json.NewEncoder(response).Encode(sct)
	}
}

func (a *authority) sign(chain [][]byte, kind ct.LogEntryType) (*ct.AddChainResponse, error) {
	certificates := make([]ct.ASN1Cert, len(chain))
	for i, der := range chain {
		certificates[i].Data = der
	}
	if len(certificates) == 0 {
		return nil, errors.New("the chain is empty")
	}
	now := uint64(time.Now().UnixMilli())
	leaf, err := ct.MerkleTreeLeafFromRawChain(certificates, kind, now)
	if err != nil {
		return nil, err
	}
	input, err := ct.SerializeSCTSignatureInput(
		ct.SignedCertificateTimestamp{SCTVersion: ct.V1, Timestamp: now},
		ct.LogEntry{Leaf: *leaf},
	)
	if err != nil {
		return nil, err
	}
	signed, err := tls.CreateSignature(*a.key, tls.SHA256, input)
	if err != nil {
		return nil, err
	}
	signature, err := tls.Marshal(signed)
	if err != nil {
		return nil, err
	}
	return &ct.AddChainResponse{
		SCTVersion: ct.V1,
		ID:         a.id[:],
		Timestamp:  now,
		Signature:  signature,
	}, nil
}
