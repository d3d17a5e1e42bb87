// Writes a vulnerability database in the format that Trivy downloads: trivy.db (bbolt) and metadata.json.
//
//	database -output DIRECTORY -updated-at 2026-11-22T06:00:00Z [FILE]
//
// FILE, or standard input, is JSON: {"bucket": {"nested bucket": … {"key": value}}}. An object whose name ends in "/" is a bucket, everything
// else is a value, stored as its JSON. Which buckets Trivy reads stands in github.com/aquasecurity/trivy-db, pkg/db.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// Trivy refuses a database of another schema version: github.com/aquasecurity/trivy-db, pkg/db, SchemaVersion.
const schemaVersion = 2

// The published database is built every six hours and says that its next update is a day ahead.
const validFor = 24 * time.Hour

// parent is what a bucket is made in: a transaction or another bucket.
type parent interface {
	CreateBucketIfNotExists(name []byte) (*bbolt.Bucket, error)
}

func main() {
	output := flag.String("output", "", "existing directory for trivy.db and metadata.json")
	updatedAt := flag.String("updated-at", "", "time of the data, RFC 3339")
	flag.Parse()
	if err := run(*output, *updatedAt, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(output, updatedAt, input string) error {
	updated, err := time.Parse(time.RFC3339, updatedAt)
	if err != nil {
		return fmt.Errorf("-updated-at: %w", err)
	}
	content, err := read(input)
	if err != nil {
		return err
	}
	if err := writeDatabase(filepath.Join(output, "trivy.db"), content); err != nil {
		return err
	}
	return writeMetadata(filepath.Join(output, "metadata.json"), updated)
}

func read(input string) (map[string]json.RawMessage, error) {
	source := io.Reader(os.Stdin)
	if input != "" {
		file, err := os.Open(input)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		source = file
	}
	var content map[string]json.RawMessage
	err := json.NewDecoder(source).Decode(&content)
	return content, err
}

func writeDatabase(path string, content map[string]json.RawMessage) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	// Nothing is lost when a crash leaves half a file: it is written anew.
	database, err := bbolt.Open(path, 0o644, &bbolt.Options{NoSync: true})
	if err != nil {
		return err
	}
	err = database.Update(func(transaction *bbolt.Tx) error {
		for name, value := range content {
			if err := writeBucket(transaction, name, value); err != nil {
				return err
			}
		}
		return nil
	})
	if closing := database.Close(); err == nil {
		err = closing
	}
	return err
}

func writeBucket(in parent, name string, value json.RawMessage) error {
	label, isBucket := strings.CutSuffix(name, "/")
	if !isBucket {
		return fmt.Errorf("%q is not a bucket", name)
	}
	bucket, err := in.CreateBucketIfNotExists([]byte(label))
	if err != nil {
		return fmt.Errorf("bucket %q: %w", label, err)
	}
	var content map[string]json.RawMessage
	if err := json.Unmarshal(value, &content); err != nil {
		return fmt.Errorf("bucket %q: %w", label, err)
	}
	for key, entry := range content {
		if strings.HasSuffix(key, "/") {
			err = writeBucket(bucket, key, entry)
		} else {
			err = bucket.Put([]byte(key), entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func writeMetadata(path string, updated time.Time) error {
	metadata := map[string]any{"Version": schemaVersion, "UpdatedAt": updated, "NextUpdate": updated.Add(validFor)}
	content, err := json.Marshal(metadata)
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
