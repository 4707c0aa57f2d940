package words

import (
	"slices"
)

// rightToLeft are the scripts in use today that are written from right to left (Unicode's Bidi_Class R and AL).
var rightToLeft = []string{"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi"}

// Lang is the language in use, for the attribute lang of a page.
func Lang() string { return Current().Tag.String() }

// Dir is how the language in use is written, for the attribute dir of a page: "ltr" or "rtl".
func Dir() string {
	script, _ := Current().Tag.Script()
	if slices.Contains(rightToLeft, script.String()) {
		return "rtl"
	}
	return "ltr"
}
