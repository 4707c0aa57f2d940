// Package sheet puts many small pictures onto one, and tells how far two such sheets differ: reference pictures of a whole
// page in one file, with a tolerance for browsers that draw letters a little differently.
package sheet

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
)

// Columns is how many pictures stand side by side.
const Columns = 6

// gap is the space between pictures in pixels.
const gap = 4

// Of puts PNGs onto one sheet, row by row; each row is as high as its highest picture.
func Of(pictures [][]byte) (*image.Paletted, error) {
	var all []image.Image
	width := 0
	for i, b := range pictures {
		p, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("picture %d: %w", i+1, err)
		}
		all = append(all, p)
		width = max(width, p.Bounds().Dx())
	}
	var rows []int
	height := gap
	for i := 0; i < len(all); i += Columns {
		high := 0
		for _, p := range all[i:min(i+Columns, len(all))] {
			high = max(high, p.Bounds().Dy())
		}
		rows = append(rows, height)
		height += high + gap
	}
	out := image.NewPaletted(image.Rect(0, 0, Columns*(width+gap)+gap, height), greys())
	for i, p := range all {
		at := image.Pt(gap+i%Columns*(width+gap), rows[i/Columns])
		draw.Draw(out, image.Rectangle{Min: at, Max: at.Add(p.Bounds().Size())}, p, p.Bounds().Min, draw.Src)
	}
	return out, nil
}

// greys are the colours of a sheet: 32 of them keep the files small, and the shapes tell what there is to tell.
func greys() color.Palette {
	var p color.Palette
	for i := range 32 {
		p = append(p, color.Gray{Y: uint8(i * 255 / 31)})
	}
	return p
}

// Write writes a sheet as a PNG file.
func Write(path string, sheet image.Image) error {
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestCompression}
	if err := e.Encode(&b, sheet); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// Read reads a sheet.
func Read(path string) (image.Image, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(b))
}

// block is the size of the squares whose mean shades are compared: letters may move by less than that.
const block = 12

// Differ is the part of a sheet, 0 to 1, in which two sheets have another mean shade by more than a tenth of the scale.
// Sheets of different sizes differ wholly.
func Differ(a, b image.Image) float64 {
	if a.Bounds().Size() != b.Bounds().Size() {
		return 1
	}
	size := a.Bounds().Size()
	all, other := 0, 0
	for y := 0; y < size.Y; y += block {
		for x := 0; x < size.X; x += block {
			all++
			r := image.Rect(x, y, min(x+block, size.X), min(y+block, size.Y))
			if d := mean(a, r) - mean(b, r); d > 25 || d < -25 {
				other++
			}
		}
	}
	return float64(other) / float64(all)
}

func mean(p image.Image, r image.Rectangle) int {
	sum := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			sum += int(color.GrayModel.Convert(p.At(p.Bounds().Min.X+x, p.Bounds().Min.Y+y)).(color.Gray).Y)
		}
	}
	return sum / (r.Dx() * r.Dy())
}
