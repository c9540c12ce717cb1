// Checks a log's folder with the Go team's own packages (golang.org/x/mod/sumdb): the signed note, the tiles, the
// inclusion of a leaf and the consistency with a smaller tree. Says OK, or what is wrong, with status 1.
//
// check FOLDER VKEY INDEX LEAF-IN-HEX OLD-SIZE OLD-ROOT-IN-BASE64
package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type folder struct{ root string }

func (f folder) Height() int                                  { return 8 }
func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

// The paths of C2SP differ from the package's in that the height is left out.
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.root, path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

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
	verifier, err := note.NewVerifier(os.Args[2])
	must(err)
	text, err := os.ReadFile(filepath.Join(os.Args[1], "checkpoint"))
	must(err)
	opened, err := note.Open(text, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	tree := tlog.Tree{N: size, Hash: hash(lines[2])}
	reader := tlog.TileHashReader(tree, folder{os.Args[1]})

	index, err := strconv.ParseInt(os.Args[3], 10, 64)
	must(err)
	leaf, err := hex.DecodeString(os.Args[4])
	must(err)
	proof, err := tlog.ProveRecord(size, index, reader)
	must(err)
	must(tlog.CheckRecord(proof, size, tree.Hash, index, tlog.RecordHash(leaf)))

	old, err := strconv.ParseInt(os.Args[5], 10, 64)
	must(err)
	grown, err := tlog.ProveTree(size, old, reader)
	must(err)
	must(tlog.CheckTree(grown, size, tree.Hash, old, hash(os.Args[6])))
	fmt.Println("OK", size)
}
