// Checks a .map-proof, offline: the signed note and the log by the Go team's own packages (golang.org/x/mod/sumdb), the
// map by Go's standard library. Says what stands under the key, or what is wrong, with status 1. Cosignatures of
// witnesses are left to others.
//
// map PROOF-FILE VKEY LEAF-KEY-IN-HEX KEY
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type file struct {
	Format, Key, Record, Salt, Proof string
	PublicKey                        string `json:"public_key"`
	Value                            *string
	Siblings                         []string
	Neighbour                        *struct{ Key, Value string }
}

type record struct {
	Kind, Subject, Root string
	Size                int64
}

func fail(words ...any) {
	fmt.Println(words...)
	os.Exit(1)
}

func must(err error) {
	if err != nil {
		fail(err)
	}
}

func open(text string) []byte {
	raw, err := hex.DecodeString(text)
	must(err)
	if len(raw) != 32 {
		fail("a hash is none")
	}
	return raw
}

func sha(parts ...[]byte) []byte {
	sum := sha256.Sum256(bytes.Join(parts, nil))
	return sum[:]
}

func named(word string, parts ...[]byte) []byte {
	return sha(append([][]byte{[]byte("muniment/map/v1/" + word + "\x00")}, parts...)...)
}

func bit(key []byte, depth int) byte { return key[depth/8] >> (7 - depth%8) & 1 }

func mapRoot(said file) []byte {
	key := named("key", []byte(said.Key))
	here := make([]byte, 32)
	empty := make([]byte, 32)
	var end []byte
	if said.Value != nil {
		end = key
		here = named("leaf", key, named("value", []byte(*said.Value)))
	} else if said.Neighbour != nil {
		end = open(said.Neighbour.Key)
		here = named("leaf", end, open(said.Neighbour.Value))
		if bytes.Equal(end, key) {
			fail("the neighbour is the key itself")
		}
	}
	if len(said.Siblings) > 256 {
		fail("the path is too long")
	}
	for depth := len(said.Siblings) - 1; depth >= 0; depth-- {
		sibling := empty
		if said.Siblings[depth] != "" {
			sibling = open(said.Siblings[depth])
		}
		if depth == len(said.Siblings)-1 && bytes.Equal(sibling, empty) {
			fail("the path is longer than it has to be")
		}
		if end != nil && bit(end, depth) != bit(key, depth) {
			fail("the neighbour is on another way")
		}
		if bit(key, depth) == 1 {
			here = named("node", sibling, here)
		} else {
			here = named("node", here, sibling)
		}
	}
	return here
}

func hash(text string) tlog.Hash {
	raw, err := base64.StdEncoding.DecodeString(text)
	must(err)
	var h tlog.Hash
	copy(h[:], raw)
	return h
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	must(err)
	var said file
	must(json.Unmarshal(text, &said))
	if said.Format != "muniment/map-proof/v1" || said.Key != os.Args[4] {
		fail("this is a proof of", said.Key)
	}
	verifier, err := note.NewVerifier(os.Args[2])
	must(err)
	head, signed, _ := strings.Cut(said.Proof, "\n\n")
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	var leaf []byte
	var path tlog.RecordProof
	for _, line := range strings.Split(head, "\n")[1:] {
		if coded, found := strings.CutPrefix(line, "extra "); found {
			leaf, err = base64.StdEncoding.DecodeString(coded)
			must(err)
		} else if !strings.HasPrefix(line, "index ") {
			path = append(path, hash(line))
		}
	}
	// The leaf must be the last of the tree, whatever index the file names.
	must(tlog.CheckRecord(path, size, hash(lines[2]), size-1, tlog.RecordHash(leaf)))
	checksum := sha(sha(open(said.Salt), []byte(said.Record)))
	key := open(os.Args[3])
	if len(leaf) != 128 || !bytes.Equal(leaf[:32], checksum) || !bytes.Equal(leaf[96:], sha(key)) {
		fail("the leaf is of another record, or of another signer")
	}
	if !ed25519.Verify(key, append([]byte("sigsum.org/v1/tree-leaf\x00"), checksum...), leaf[32:96]) {
		fail("the leaf is not signed")
	}
	var stated record
	must(json.Unmarshal([]byte(said.Record), &stated))
	if stated.Kind != "map" || stated.Size != size || stated.Subject != fmt.Sprintf("map/%d", size) {
		fail("the record is that of another tree")
	}
	if !bytes.Equal(mapRoot(said), open(stated.Root)) {
		fail("the path does not lead to the root of the map")
	}
	if said.Value == nil {
		fmt.Println("nothing", size)
	} else {
		fmt.Println(*said.Value, size)
	}
}
