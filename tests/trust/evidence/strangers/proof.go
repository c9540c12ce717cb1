// Checks a .tlog-proof with the Go team's own packages (golang.org/x/mod/sumdb), offline: the signed note and the path
// from a leaf to its root. Says OK, or what is wrong, with status 1.
//
// proof PROOF-FILE VKEY LEAF-FILE
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
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
	verifier, err := note.NewVerifier(os.Args[2])
	must(err)
	leaf, err := os.ReadFile(os.Args[3])
	must(err)
	head, signed, _ := strings.Cut(string(text), "\n\n")
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	must(err)
	said := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(said[1], 10, 64)
	must(err)
	index := int64(-1)
	var path tlog.RecordProof
	for _, line := range strings.Split(head, "\n")[1:] {
		if number, found := strings.CutPrefix(line, "index "); found {
			index, err = strconv.ParseInt(number, 10, 64)
			must(err)
		} else if !strings.HasPrefix(line, "extra ") {
			path = append(path, hash(line))
		}
	}
	must(tlog.CheckRecord(path, size, hash(said[2]), index, tlog.RecordHash(leaf)))
	fmt.Println("OK", size)
}
