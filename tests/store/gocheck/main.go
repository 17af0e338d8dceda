// SPDX-License-Identifier: Apache-2.0

// gocheck judges a published custody log with the code that guards Go's own checksum database.
// It shares no line with plainview. Arguments: the log folder, an older checkpoint, and pairs of
// (proof file, entry file). It prints one line per thing it checked and exits 1 at the first failure.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error, what string) {
	if err != nil {
		fmt.Println("FAIL", what+":", err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	check(err, "read")
	return data
}

func hash(text string) tlog.Hash {
	var h tlog.Hash
	data, err := base64.StdEncoding.DecodeString(text)
	check(err, "base64")
	copy(h[:], data)
	return h
}

// open verifies a checkpoint's signature and gives the tree it stands for.
func open(data []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(data, note.VerifierList(verifier))
	check(err, "signed note")
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err, "size")
	return tlog.Tree{N: size, Hash: hash(lines[2])}
}

// tiles reads the published static files.
type tiles struct{ folder string }

func (t tiles) Height() int                         { return 8 }
func (t tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func main() {
	folder := os.Args[1]
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(filepath.Join(folder, "log.vkey")))))
	check(err, "verifier key")
	head := open(read(filepath.Join(folder, "checkpoint")), verifier)
	fmt.Println("checkpoint", head.N)

	old := open(read(os.Args[2]), verifier)
	reader := tlog.TileHashReader(head, tiles{folder})
	growth, err := tlog.ProveTree(head.N, old.N, reader)
	check(err, "consistency from tiles")
	check(tlog.CheckTree(growth, head.N, head.Hash, old.N, old.Hash), "consistency")
	fmt.Println("consistent", old.N, head.N)

	for i := 3; i+1 < len(os.Args); i += 2 {
		parts := strings.SplitN(string(read(os.Args[i])), "\n\n", 2)
		lines := strings.Split(parts[0], "\n")
		if lines[0] != "c2sp.org/tlog-proof@v1" {
			check(fmt.Errorf("%q", lines[0]), "proof header")
		}
		index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
		check(err, "index")
		var path tlog.RecordProof
		for _, line := range lines[2:] {
			path = append(path, hash(line))
		}
		tree := open([]byte(parts[1]), verifier)
		record := tlog.RecordHash(read(os.Args[i+1]))
		check(tlog.CheckRecord(path, tree.N, tree.Hash, index, record), "inclusion")
		own, err := tlog.ProveRecord(head.N, index, reader)
		check(err, "inclusion from tiles")
		check(tlog.CheckRecord(own, head.N, head.Hash, index, record), "inclusion from tiles")
		fmt.Println("included", index)
	}
}
