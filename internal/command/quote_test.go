package command

import (
	"slices"
	"testing"
)

func TestJoinedWordsComeApartAgain(t *testing.T) {
	for _, words := range [][]string{
		{"curl", "-H", "Host: shop.test", "http://10.0.0.1/"},
		{"curl", "http://web/?a=1&b=2"},
		{"sh", "-c", "curl 'http://web/'"},
		{"curl", "-d", "", "http://web/"},
		{"nc", "-zv", "web", "80"},
	} {
		line := Join(words)
		list, err := split(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		var got []string
		for _, w := range list {
			got = append(got, w.text)
		}
		if !slices.Equal(got, words) {
			t.Errorf("%q becomes %s, which comes apart as %q", words, line, got)
		}
	}
	if got := Join([]string{"curl -H 'Host: a' http://b/"}); got != "curl -H 'Host: a' http://b/" {
		t.Errorf("a whole line becomes %s", got)
	}
}
