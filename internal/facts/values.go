package facts

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ValueError says which given fact is wrong and what it may be.
type ValueError struct {
	Key, Value, Want string
}

func (e *ValueError) Error() string {
	if e.Want == "" {
		return fmt.Sprintf("unknown key %q; the keys are %s", e.Key, strings.Join(Keys, ", "))
	}
	return fmt.Sprintf("%s=%s: want %s", e.Key, e.Value, e.Want)
}

var choices = map[string][]string{
	KeyProxyMode:          {"iptables", "nftables", "ipvs"},
	KeyMasqueradeAll:      {"true", "false"},
	KeyLocalhostNodePorts: {"true", "false"},
	KeyPolicy:             {"drop", "reject", None},
	KeyLibc:               {"glibc", "musl"},
	KeyPodNetwork:         {"overlay", "routed"},
	KeyListening:          {"true", "false"},
}

// Choices lists the values that a key can have, nil where they cannot be listed (ranges and names).
func Choices(key string) []string { return slices.Clone(choices[key]) }

// ParseGiven splits KEY=VALUE words as --assume takes them and validates them. A key that is given twice is an error.
func ParseGiven(words []string) (map[string]string, error) {
	out := make(map[string]string, len(words))
	for _, w := range words {
		key, value, found := strings.Cut(w, "=")
		key = strings.TrimSpace(key)
		if !found {
			return nil, &ValueError{Key: key, Value: "", Want: "KEY=VALUE"}
		}
		if _, twice := out[key]; twice {
			return nil, &ValueError{Key: key, Value: value, Want: "each key only once"}
		}
		out[key] = strings.TrimSpace(value)
	}
	return out, validateAll(out)
}

func validateAll(given map[string]string) error {
	keys := make([]string, 0, len(given))
	for key := range given {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if err := Validate(key, given[key]); err != nil {
			return err
		}
	}
	return nil
}

// Validate checks one given fact; its error is a *ValueError.
func Validate(key, value string) error {
	if list := choices[key]; list != nil {
		if !slices.Contains(list, value) {
			return &ValueError{key, value, strings.Join(list, ", ")}
		}
		return nil
	}
	switch key {
	case KeyClusterCIDR, KeyServiceCIDR, KeyNodePortAddresses:
		special := map[string]string{KeyClusterCIDR: None, KeyNodePortAddresses: Primary}[key]
		if special != "" && value == special {
			return nil
		}
		want := "ranges such as 10.244.0.0/16,fd00::/48"
		if special != "" {
			want += ", or " + special
		}
		if p, ok := parsePrefixes(value); !ok || len(p) == 0 {
			return &ValueError{key, value, want}
		}
	case KeyClusterDomain:
		if !isDomain(normal(key, value)) {
			return &ValueError{key, value, "a DNS domain such as cluster.local"}
		}
	case KeyIngressController:
		if strings.TrimSpace(value) == "" || len(value) > 253 {
			return &ValueError{key, value, "a controller such as k8s.io/ingress-nginx"}
		}
	default:
		return &ValueError{Key: key, Value: value}
	}
	return nil
}

// normal writes a value the one way in which it is compared and shown.
func normal(key, value string) string {
	switch key {
	case KeyClusterDomain:
		return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(value), "."))
	case KeyClusterCIDR, KeyServiceCIDR, KeyNodePortAddresses:
		if p, ok := parsePrefixes(value); ok && len(p) > 0 {
			return joinPrefixes(p)
		}
	}
	return value
}

func isDomain(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, c := range label {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

func parsePrefixes(text string) ([]netip.Prefix, bool) {
	var out []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return out, false
		}
		out = append(out, p.Masked())
	}
	return out, true
}

func joinPrefixes(list []netip.Prefix) string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.String()
	}
	return strings.Join(out, ",")
}
