package command

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// numericAddr reads the old ways to write an IPv4 address, which C libraries and curl take for one before they ask any
// server (inet_aton(3), curl lib/urlapi.c ipv4_normalize): one to four numbers, decimal, octal or hexadecimal, of which the
// last fills what is left.
func numericAddr(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var value uint64
	for i, p := range parts {
		base, digits := 10, p
		switch {
		case strings.HasPrefix(p, "0x"), strings.HasPrefix(p, "0X"):
			base, digits = 16, p[2:]
		case len(p) > 1 && p[0] == '0':
			base, digits = 8, p[1:]
		}
		if digits == "" || digits[0] == '+' || digits[0] == '-' || digits[0] == '_' {
			return netip.Addr{}, false
		}
		n, err := strconv.ParseUint(digits, base, 32)
		if err != nil {
			return netip.Addr{}, false
		}
		if i < len(parts)-1 {
			if n > 255 {
				return netip.Addr{}, false
			}
			value |= n << (8 * (3 - i))
			continue
		}
		if n >= 1<<(8*(4-i)) {
			return netip.Addr{}, false
		}
		value |= n
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

// asciiHost writes a host name with letters beyond ASCII the way it is asked for (RFC 5891: lower case, each label with
// such letters as "xn--" and Punycode); ok is false where that is not possible.
func asciiHost(host string) (ascii string, ok bool) {
	labels := strings.Split(strings.ReplaceAll(host, "。", "."), ".")
	for i, l := range labels {
		plain := true
		for j := range len(l) {
			plain = plain && l[j] < utf8.RuneSelf
		}
		if plain {
			continue
		}
		encoded, ok := punycode([]rune(strings.ToLower(l)))
		if !ok || len(encoded) > 59 {
			return "", false
		}
		labels[i] = "xn--" + encoded
	}
	return strings.Join(labels, "."), true
}

// The parameters of Punycode (RFC 3492, section 5).
const (
	punyBase, punyMin, punyMax, punySkew, punyDamp, punyBias, punyFirst = 36, 1, 26, 38, 700, 72, 128
)

// punycode encodes a label (RFC 3492, section 6.3).
func punycode(label []rune) (string, bool) {
	var out []byte
	for _, r := range label {
		if r == utf8.RuneError {
			return "", false
		}
		if r < punyFirst {
			out = append(out, byte(r))
		}
	}
	done := len(out)
	basic := done
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(punyFirst), 0, punyBias
	for done < len(label) {
		next := rune(1 << 30)
		for _, r := range label {
			if r >= n && r < next {
				next = r
			}
		}
		delta += int(next-n) * (done + 1)
		if delta > 1<<30 {
			return "", false
		}
		n = next
		for _, r := range label {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			q := delta
			for k := punyBase; ; k += punyBase {
				t := min(max(k-bias, punyMin), punyMax)
				if q < t {
					break
				}
				out = append(out, digit(t+(q-t)%(punyBase-t)))
				q = (q - t) / (punyBase - t)
			}
			out = append(out, digit(q))
			bias = adapt(delta, done+1, done == basic)
			delta = 0
			done++
		}
		delta++
		n++
	}
	return string(out), true
}

func digit(n int) byte {
	if n < 26 {
		return byte('a' + n)
	}
	return byte('0' + n - 26)
}

func adapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for delta > (punyBase-punyMin)*punyMax/2 {
		delta /= punyBase - punyMin
		k += punyBase
	}
	return k + (punyBase-punyMin+1)*delta/(delta+punySkew)
}
