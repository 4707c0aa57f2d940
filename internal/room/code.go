package room

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
)

// letters are what codes are made of: 32 of them, so that five bits choose one evenly. 0 and O, 1 and I look alike on a
// projector and are left out.
const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// CodeLength is the number of letters of a code: 33 million codes, few enough letters to be typed from the last row.
const CodeLength = 5

func newCode() string {
	var b [CodeLength]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	for i := range b {
		b[i] = letters[b[i]%byte(len(letters))]
	}
	return string(b[:])
}

// ParseCode reads a code as people type it: in any case, with spaces or dashes between. It returns false for what can be
// no code.
func ParseCode(text string) (string, bool) {
	if len(text) > 4*CodeLength {
		return "", false
	}
	text = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\t", "").Replace(text))
	if len(text) != CodeLength {
		return "", false
	}
	for i := range len(text) {
		if strings.IndexByte(letters, text[i]) < 0 {
			return "", false
		}
	}
	return text, true
}

// secret is what only its owner can show again: a presenter's token, or the key of a follower that comes back.
func newSecret() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// digest is kept in the place of a token: who reads this memory cannot present.
func digest(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

func same(a, b [sha256.Size]byte) bool { return subtle.ConstantTimeCompare(a[:], b[:]) == 1 }
