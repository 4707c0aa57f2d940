// Package objects writes objects from YAML files into a cluster, with their status, and leaves out
// what the cluster's own controllers make of them.
package objects

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// A Document is one object and where it was read.
type Document struct {
	*unstructured.Unstructured
	// From is a file and the number of the document in it.
	From string
}

// Read reads all objects of a file, or of all .yaml, .yml and .json files in a directory and below.
func Read(path string) ([]Document, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read objects: %w", err)
	}
	if !info.IsDir() {
		return readFile(path)
	}
	var all []Document
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() || !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(file)) {
			return nil
		}
		documents, err := readFile(file)
		all = append(all, documents...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read objects: %w", err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("read objects: %s holds none in .yaml, .yml or .json files", path)
	}
	return all, nil
}

func readFile(path string) ([]Document, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read objects: %w", err)
	}
	return Parse(path, data)
}

// Parse reads all objects of a stream of documents. Lists are taken apart. name is used in messages.
func Parse(name string, data []byte) ([]Document, error) {
	var all []Document
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	for n := 1; ; n++ {
		from := fmt.Sprintf("%s, document %d", name, n)
		var content map[string]any
		err := decoder.Decode(&content)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", from, err)
		}
		if len(content) == 0 {
			continue // only comments
		}
		object := &unstructured.Unstructured{Object: content}
		if object.GetKind() == "" || object.GetAPIVersion() == "" {
			return nil, fmt.Errorf("read %s: it has no kind or no apiVersion", from)
		}
		if !object.IsList() {
			if object.GetName() == "" {
				return nil, fmt.Errorf("read %s: the %s has no name", from, object.GetKind())
			}
			all = append(all, Document{object, from})
			continue
		}
		list, err := object.ToList()
		if err != nil {
			return nil, fmt.Errorf("read the list in %s: %w", from, err)
		}
		for i := range list.Items {
			all = append(all, Document{&list.Items[i], from})
		}
	}
}
