package browser

import (
	"context"
	"fmt"
	"strings"
)

// Answer is what a test reads of the trace that the page shows.
type Answer struct {
	Verdict struct {
		Class     string `json:"class"`
		Reason    string `json:"reason"`
		Sentence  string `json:"sentence"`
		DecidedBy *struct {
			Kind      string `json:"kind"`
			Namespace string `json:"namespace"`
			Name      string `json:"name"`
		} `json:"decidedBy"`
		HTTPStatus *int `json:"httpStatus"`
	} `json:"verdict"`
	Outcomes []struct {
		Share      float64 `json:"share"`
		SourceSeen string  `json:"sourceSeen"`
		Endpoint   *struct {
			Pod string `json:"pod"`
		} `json:"endpoint"`
		Steps []string `json:"steps"`
	} `json:"outcomes"`
	Steps []struct {
		ID    string `json:"id"`
		Kind  string `json:"kind"`
		Layer string `json:"layer"`
	} `json:"steps"`
}

// Is fails unless the answer has the class and the reason, and was decided by "Kind/namespace/name" (empty: by whatever).
func (a *Answer) Is(class, reason, decider string) error {
	got := ""
	if d := a.Verdict.DecidedBy; d != nil {
		got = strings.Join([]string{d.Kind, d.Namespace, d.Name}, "/")
	}
	if a.Verdict.Class != class || a.Verdict.Reason != reason || (decider != "" && got != decider) {
		return fmt.Errorf("the trace says %s, %s, decided by %q; want %s, %s, %q\n%s",
			a.Verdict.Class, a.Verdict.Reason, got, class, reason, decider, a.Verdict.Sentence)
	}
	return nil
}

// Layers are the layers that the answer's steps touch.
func (a *Answer) Layers() map[string]bool {
	out := map[string]bool{}
	for _, s := range a.Steps {
		out[s.Layer] = true
	}
	return out
}

// Trace asks on the page and returns what the page then shows.
func Trace(ctx context.Context, from, command string) (*Answer, error) {
	if err := Ask(ctx, from, command); err != nil {
		return nil, err
	}
	a, err := Eval[Answer](ctx, `window.kubestrata.trace()`)
	if err != nil {
		return nil, err
	}
	return &a, nil
}

// Step goes to a step of the trace that is shown, counted from 0, and waits until the page stands still there.
func Step(ctx context.Context, i int) error {
	if _, err := Eval[any](ctx, fmt.Sprintf(`window.kubestrata.seek(%d)`, i)); err != nil {
		return err
	}
	return Wait(ctx, fmt.Sprintf("step %d", i), fmt.Sprintf(`window.kubestrata.step() === %d && window.kubestrata.idle()`, i))
}

// Steps is the number of steps that the page plays.
func Steps(ctx context.Context) (int, error) { return Eval[int](ctx, `window.kubestrata.steps()`) }

// Pods are the names of the pods on the page, in the form namespace/name.
func Pods(ctx context.Context) ([]string, error) {
	return Eval[[]string](ctx, `window.kubestrata.pods()`)
}
