package sheet_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/sheet"
)

func picture(t *testing.T, shade uint8, w, h int, mark image.Rectangle) []byte {
	t.Helper()
	p := image.NewGray(image.Rect(0, 0, w, h))
	draw.Draw(p, p.Bounds(), image.NewUniform(color.Gray{Y: shade}), image.Point{}, draw.Src)
	draw.Draw(p, mark, image.NewUniform(color.Black), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func of(t *testing.T, pictures ...[]byte) image.Image {
	t.Helper()
	s, err := sheet.Of(pictures)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSheetsDifferByWhatMovedAndNotByALetter(t *testing.T) {
	white := picture(t, 255, 120, 60, image.Rectangle{})
	plain := of(t, white, white)
	if d := sheet.Differ(plain, of(t, white, white)); d != 0 {
		t.Errorf("equal sheets differ by %v", d)
	}
	if d := sheet.Differ(plain, of(t, white, picture(t, 255, 120, 60, image.Rect(30, 30, 32, 36)))); d != 0 {
		t.Errorf("a stroke of a letter counts: %v", d)
	}
	if d := sheet.Differ(plain, of(t, white, picture(t, 255, 120, 60, image.Rect(20, 10, 100, 50)))); d < 0.02 {
		t.Errorf("a box that was not there counts for %v", d)
	}
	if d := sheet.Differ(plain, of(t, picture(t, 255, 120, 61, image.Rectangle{}), white)); d != 1 {
		t.Errorf("sheets of other sizes differ by %v", d)
	}
}
