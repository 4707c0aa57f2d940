package process

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Record is what one testbed leaves on disk about itself, so that the next one can clean up after it.
type Record struct {
	// Name is the testbed's mark.
	Name  string   `json:"name"`
	Owner Identity `json:"owner"`
	// Dir is the testbed's temporary directory.
	Dir string `json:"dir"`
	// Children are the programs it started. They also carry the mark; this is for people who read the file.
	Children []Identity `json:"children,omitempty"`
}

// dirPrefix starts the name of every testbed's temporary directory. Nothing else is ever removed.
const dirPrefix = "kubestrata-testbed-"

// NewRecord records a testbed of this process under records, and makes its temporary directory.
func NewRecord(records string) (*Record, error) {
	owner, err := Self()
	if err != nil {
		return nil, err
	}
	name := dirPrefix + rand.Text()
	r := &Record{Name: name, Owner: owner, Dir: filepath.Join(os.TempDir(), name)}
	// The record comes first: killed between the two, nothing is left that is not recorded.
	if err := r.Save(records); err != nil {
		return nil, err
	}
	if err := os.Mkdir(r.Dir, 0o700); err != nil {
		return nil, errors.Join(fmt.Errorf("create the testbed's temporary directory: %w", err), os.Remove(r.path(records)))
	}
	return r, nil
}

func (r *Record) path(records string) string { return filepath.Join(records, r.Name+".json") }

// Save writes the record whole or not at all.
func (r *Record) Save(records string) error {
	if err := os.MkdirAll(records, 0o755); err != nil {
		return fmt.Errorf("create the directory of running testbeds: %w", err)
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	unfinished := r.path(records) + ".new"
	if err := os.WriteFile(unfinished, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("record the testbed: %w", err)
	}
	if err := os.Rename(unfinished, r.path(records)); err != nil {
		return fmt.Errorf("record the testbed: %w", err)
	}
	return nil
}

// Erase kills what is left of the testbed, removes its directory, and then its record:
// in that order, so that a failure in between is found again.
func (r *Record) Erase(records string) error {
	KillMarked(r.Name)
	if !strings.HasPrefix(filepath.Base(r.Dir), dirPrefix) {
		return fmt.Errorf("remove %s: it is no testbed's directory; delete %s by hand", r.Dir, r.path(records))
	}
	if err := os.RemoveAll(r.Dir); err != nil {
		return fmt.Errorf("remove the testbed's directory: %w", err)
	}
	if err := os.Remove(r.path(records)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the testbed's record: %w", err)
	}
	return nil
}

// EraseDead cleans up after all testbeds whose owner no longer runs. It returns their names.
func EraseDead(records string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(records, "*.json"))
	if err != nil {
		return nil, err
	}
	var erased []string
	var errs []error
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // its owner ended just now and removed it
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("read the record of a testbed: %w", err))
			continue
		}
		var r Record
		if err := json.Unmarshal(data, &r); err != nil || r.Name == "" || r.path(records) != path {
			errs = append(errs, fmt.Errorf("read the record of a testbed: %s is not one; delete it by hand", path))
			continue
		}
		if r.Owner.Alive() {
			continue
		}
		if err := r.Erase(records); err != nil {
			errs = append(errs, err)
			continue
		}
		erased = append(erased, r.Name)
	}
	return erased, errors.Join(errs...)
}
