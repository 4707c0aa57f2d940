package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/trace"
)

func TestTheCommittedTypesAreThoseOfTheGoSource(t *testing.T) {
	want, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../" + target)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is stale, run `make generate` (-want +got):\n%s", target, diff)
	}
}

func TestTheCommittedKindsOfStepsAreThoseOfTheEngine(t *testing.T) {
	got, err := os.ReadFile("../../../" + steps)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stepKinds(trace.StepKinds), string(got)); diff != "" {
		t.Errorf("%s is stale, run `make generate` (-want +got):\n%s", steps, diff)
	}
}

func TestGenerate(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(dir+"/a.go", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("package wire\n\n// A says a.\ntype A struct {\n\t// B says b.\n\tB []int32 `json:\"b\"`\n\tC *A `json:\"c,omitempty\"` // c\n\tD string\n}\n\n" +
		"const (\n\tX uint8 = 1 << 3 // x\n\thidden = 2\n)\n\ntype Row struct { Slot uint32 }\n")
	got, err := generate(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"export const X = 8; // x\n", "/** A says a. */\nexport interface A {\n", "  /** B says b. */\n  b: number[];\n", "  c?: A; // c\n}\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing %q in\n%s", want, got)
		}
	}
	for _, not := range []string{"hidden", "Row", "D:"} {
		if strings.Contains(got, not) {
			t.Errorf("%q does not travel but is in\n%s", not, got)
		}
	}
	write("package wire\n\ntype A struct {\n\tB chan int `json:\"b\"`\n}\n")
	if _, err := generate(dir); err == nil || !strings.Contains(err.Error(), "A.b") {
		t.Errorf("a type without a form in TypeScript gives %v, want an error that names A.b", err)
	}
	if _, err := generate(t.TempDir()); err == nil {
		t.Error("an empty directory gives no error")
	}
}
