// Package world holds the embedded worlds: whole example clusters with their surroundings, the states they pass through,
// and the requests that are worth tracing in them with what is to be expected. A world needs no cluster and no network.
//
// A world is one txtar archive in worlds/, named like the world:
//
//	(comment)                     first line the title, then one paragraph of what it shows
//	*.yaml                        objects, and documents of kind Surroundings
//	requests                      questions with what they lead to, see parseRequests
//	lesson.md                     text to read beside it
//	play                          what happens by itself, see parsePlay
//	states/N.yaml, states/N.delete            what differs in state N from the one before; the first comment is the title
//	variants/NAME/…               the same once more: what differs from the plain world; delete takes objects away first
package world

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Info describes an embedded world.
type Info struct {
	Name     string    `json:"name"`     // what --world takes
	Title    string    `json:"title"`    // one line
	About    string    `json:"about"`    // what it shows, one paragraph
	Lesson   string    `json:"lesson"`   // Markdown; empty where there is none
	Variants []Variant `json:"variants"` // what may stand behind a slash in the name
	States   []State   `json:"states"`   // of the plain world: what may stand behind an @
	Ready    *Request  `json:"ready"`    // stands in the bar when the world opens; nil where none does
	Requests []Request `json:"requests"` // with their expected results; those of the variants included
}

// Variant is a world that differs from the plain one of its name.
type Variant struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	States []State  `json:"states"`
	Ready  *Request `json:"ready"`
}

// State is a moment of a world. State 1 is how it begins.
type State struct {
	Number int    `json:"number"`
	Title  string `json:"title"`
}

// Default is the world that opens when there is nothing else.
const Default = "tour"

// List describes all worlds, the default one first, the others by name.
func List() []Info {
	var out []Info
	for _, a := range archives() {
		out = append(out, a.info())
	}
	slices.SortFunc(out, func(x, y Info) int {
		return cmp.Or(cmp.Compare(btoi(x.Name != Default), btoi(y.Name != Default)), cmp.Compare(x.Name, y.Name))
	})
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Name is a parsed world name.
type Name struct {
	World   string
	Variant string // empty: the plain world
	State   int    // 1 where the name says nothing
}

func (n Name) String() string {
	s := n.World
	if n.Variant != "" {
		s += "/" + n.Variant
	}
	if n.State > 1 {
		s += "@" + strconv.Itoa(n.State)
	}
	return s
}

// ParseName reads NAME[/VARIANT][@STATE] and checks that there is such a world. The errors name the known ones.
func ParseName(text string) (Name, error) {
	n, _, err := resolve(text)
	return n, err
}

func resolve(text string) (Name, *archive, error) {
	n := Name{State: 1}
	rest, state, hasState := strings.Cut(text, "@")
	n.World, n.Variant, _ = strings.Cut(rest, "/")
	a := archives()[n.World]
	if a == nil {
		var known []string
		for _, i := range List() {
			known = append(known, i.Name)
		}
		return n, nil, fmt.Errorf("there is no world %q; the worlds are %s", n.World, strings.Join(known, ", "))
	}
	part := a.plain
	if n.Variant != "" {
		if part = a.variants[n.Variant]; part == nil {
			names := slices.Sorted(keys(a.variants))
			if len(names) == 0 {
				return n, nil, fmt.Errorf("world %s has no variants", n.World)
			}
			return n, nil, fmt.Errorf("world %s has no variant %q; its variants are %s", n.World, n.Variant, strings.Join(names, ", "))
		}
	}
	if hasState {
		last := len(part.states) + 1
		number, err := strconv.Atoi(state)
		if err != nil || number < 1 || number > last {
			return n, nil, fmt.Errorf("world %s has no state %q; its states are 1 to %d", rest, state, last)
		}
		n.State = number
	}
	return n, a, nil
}

func keys[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
