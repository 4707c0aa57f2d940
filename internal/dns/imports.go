package dns

import (
	"maps"
	"path"
	"slices"
)

// imported finds the contents that an import names. A pattern for a directory whose files nobody has is no error to
// CoreDNS; that nothing was found is kept in Corefile.Imports.
func (p *corefileParser) imported(args []string) []string {
	var out []string
	for _, a := range args {
		found := false
		for _, name := range slices.Sorted(maps.Keys(p.files)) {
			if ok, err := path.Match(path.Base(a), name); err == nil && ok && name != "Corefile" {
				out = append(out, p.files[name])
				found = true
			}
		}
		if !found {
			p.file.Imports = append(p.file.Imports, a)
		}
	}
	return out
}
