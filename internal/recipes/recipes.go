// Package recipes answers "how do I reach this?": commands for every kind of source, each of them traced, so that what is
// offered as working works as far as the engine can tell. It is pure: same View, same answer.
package recipes

import (
	"fmt"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Schema names the form of the answer. It changes when a field changes its meaning or disappears.
const Schema = "kubestrata.io/recipes/v1"

// Kind is where somebody stands who wants to reach a thing.
type Kind string

// The kinds of sources, from the inside out. A thing without a namespace is asked from any pod.
const (
	SameNamespace  Kind = "pod-same-namespace"
	OtherNamespace Kind = "pod-other-namespace"
	AnyPod         Kind = "pod"
	Node           Kind = "node"
	LAN            Kind = "lan"
	Internet       Kind = "internet"
)

// Answer is the recipes for one thing, by kinds of sources from the inside out. Lists are never nil.
type Answer struct {
	Schema  string      `json:"schema"`
	Target  cluster.Ref `json:"target"`
	Sources []Source    `json:"sources"`
}

// Source is what can be done from one kind of place: what works first, then what was tried and does not.
type Source struct {
	Kind    Kind     `json:"kind"`
	From    string   `json:"from"`    // as --from of a trace takes it; empty where nobody stands there
	Who     string   `json:"who"`     // "pod toolbox", "laptop", "anybody on the LAN"
	Because string   `json:"because"` // where there are no recipes: why, in two words
	Recipes []Recipe `json:"recipes"`
}

// Recipe is one command and how it ends.
type Recipe struct {
	Way        string          `json:"way"` // "by its name", "by node port 30080 of node-a"
	Command    string          `json:"command"`
	Line       string          `json:"line"` // the same as a command line: kubestrata trace --from … -- …
	Works      bool            `json:"works"`
	Class      trace.Class     `json:"class"`
	HTTPStatus *int            `json:"httpStatus"`
	Certainty  trace.Certainty `json:"certainty"`
	Reason     string          `json:"reason"`
	Because    string          `json:"because"` // where it does not work: why, in two words
	Sentence   string          `json:"sentence"`
}

// Bounds of one answer: what a person reads, and what the engine is asked, however large the cluster is.
const (
	maxWays    = 8 // that are tried from one place
	maxWorking = 3
	maxFailing = 2
	maxSenders = 3 // pods of one kind that are tried until something works
)

// Error says what is wrong with a question.
type Error struct{ Message string }

func (e *Error) Error() string { return e.Message }

// For lists the recipes for a pod, service, node, ingress or gateway. The error is an *Error, or comes from the engine.
func For(view *cluster.View, target cluster.Ref) (*Answer, error) {
	t, err := targetOf(view, target)
	if err != nil {
		return nil, err
	}
	runner := trace.NewRunner(view)
	a := &Answer{Schema: Schema, Target: target, Sources: []Source{}}
	for _, kind := range t.kinds() {
		s, err := from(view, runner, t, kind)
		if err != nil {
			return nil, err
		}
		a.Sources = append(a.Sources, s)
	}
	return a, nil
}

// from tries the ways of one kind of source. Pods differ in what policies let them do: if nothing works from the first,
// others are tried, and whoever gets through is named.
func from(view *cluster.View, runner *trace.Runner, t target, kind Kind) (Source, error) {
	out := Source{Kind: kind, Recipes: []Recipe{}}
	all := senders(view, t, kind)
	if len(all) == 0 {
		out.Because = words.Say("recipes.because.no-pod")
		if kind == Node {
			out.Because = words.Say("recipes.because.no-node")
		}
		return out, nil
	}
	for i, s := range all {
		list, works, err := tried(runner, s, t.ways(view, kind, s))
		if err != nil {
			return out, err
		}
		if i == 0 || works {
			out.From, out.Who, out.Recipes = s.from, s.who, list
		}
		if works {
			break
		}
	}
	if len(out.Recipes) == 0 {
		out.Because = words.Say("recipes.because.no-way")
	}
	return out, nil
}

// tried asks the engine about each way from one place.
func tried(runner *trace.Runner, s sender, ways []way) (list []Recipe, works bool, err error) {
	working, failing := []Recipe{}, []Recipe{}
	seen := map[string]bool{}
	for _, w := range ways[:min(len(ways), maxWays)] {
		if seen[w.command] || len(working) == maxWorking {
			continue
		}
		seen[w.command] = true
		tr, err := runner.Brief(trace.Ask{From: s.from, Command: []string{w.command}})
		if err != nil {
			return nil, false, fmt.Errorf("from %s: %s: %w", s.from, w.command, err)
		}
		v := tr.Verdict
		r := Recipe{
			Way: w.words, Command: w.command, Line: "kubestrata trace --from " + s.from + " -- " + w.command,
			Class: v.Class, HTTPStatus: v.HTTPStatus, Certainty: v.Certainty, Reason: v.Reason, Sentence: v.Sentence,
		}
		r.Works = v.Class == trace.Answered && (w.ends == nil || w.ends(tr))
		switch {
		case r.Works:
			working = append(working, r)
		case len(failing) < maxFailing:
			r.Because = because(v)
			if v.Class == trace.Answered {
				r.Because = words.Say("recipes.because.another-answers")
			}
			failing = append(failing, r)
		}
	}
	return append(working, failing...), len(working) > 0, nil
}
