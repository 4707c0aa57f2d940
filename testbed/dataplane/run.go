//go:build linux

package dataplane

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/testbed/dataplane/probe"
	"github.com/kubestrata/kubestrata/testbed/dataplane/worlds"
)

const (
	// tries is how often a request is sent that several endpoints may answer.
	tries = 5
	// atOnce is how many requests wait for their end side by side: most of those that take time wait for silence.
	atOnce = 16
)

// A Finding is a request whose prediction did not simply agree.
type Finding struct {
	World     uint64
	Probe     worlds.Probe
	Judgement Judgement
	Why       string
	Predicted string
	Met       []string
}

// A Report counts judgements and the classes met, and lists what needs to be looked at.
type Report struct {
	Judged   map[Judgement]int
	Classes  map[trace.Class]int
	Certain  int
	Findings []Finding
}

// Failed says whether anything was predicted wrongly.
func (r *Report) Failed() bool { return r.Judged[Wrong]+r.Judged[CertainlyWrong] > 0 }

// Run plays the world of a seed, sends n of its requests and judges them.
func (b *Bed) Run(ctx context.Context, seed uint64, n int, report *Report) (err error) {
	world, manifests, requests := b.world(seed)
	s, err := b.play(ctx, world)
	if s != nil {
		defer func() {
			if endErr := b.end(ctx, s); err == nil {
				err = endErr
			}
		}()
	}
	if err != nil {
		return fmt.Errorf("play world %d: %w", seed, err)
	}
	if manifests != "" {
		if err := b.route(ctx, world.Namespace, manifests); err != nil {
			return fmt.Errorf("play world %d: %w", seed, err)
		}
	}
	view := b.store.View()
	var (
		mu      sync.Mutex
		waiting sync.WaitGroup
		tokens  = make(chan struct{}, atOnce)
		failed  error
	)
	for _, p := range requests(s, n) {
		waiting.Add(1)
		tokens <- struct{}{}
		go func() {
			defer func() { <-tokens; waiting.Done() }()
			answer, askErr := trace.Run(view, trace.Ask{From: p.From, Via: p.Via, Command: p.Command()})
			met, sendErr := []probe.Result(nil), error(nil)
			if askErr == nil {
				met, sendErr = b.send(ctx, p, answer)
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case askErr != nil:
				failed = fmt.Errorf("trace %s from %s: %w", strings.Join(p.Command(), " "), p.From, askErr)
			case sendErr != nil:
				failed = sendErr
			default:
				report.add(seed, p, answer, met, s.listens(p.UDP))
			}
		}()
	}
	waiting.Wait()
	if failed == nil && b.options.Keep != "" && report.Failed() {
		return b.keep(ctx, filepath.Join(b.options.Keep, fmt.Sprintf("%s-%d", b.options.Variant.Name, seed)))
	}
	return failed
}

func (b *Bed) send(ctx context.Context, p worlds.Probe, answer *trace.Trace) (met []probe.Result, err error) {
	machine := b.machines[p.From]
	if machine == nil {
		return nil, fmt.Errorf("%s is nowhere to send from", p.From)
	}
	times := 1
	if len(answer.Outcomes) > 1 {
		times = tries
	}
	for range times {
		r, err := sendOne(ctx, machine, p, probe.Patience)
		if err == nil && r.Silent && !slices.ContainsFunc(answer.Outcomes, func(o trace.Outcome) bool { return o.Class == r.Class }) {
			r, err = sendOne(ctx, machine, p, probe.Long)
		}
		if err != nil {
			return nil, err
		}
		met = append(met, r)
	}
	return met, nil
}

func sendOne(ctx context.Context, machine *probe.Machine, p worlds.Probe, patience time.Duration) (probe.Result, error) {
	if p.UDP {
		return machine.Datagram(ctx, p.Target, patience)
	}
	return machine.Curl(ctx, p.Command()[1:], patience)
}

func (r *Report) add(seed uint64, p worlds.Probe, answer *trace.Trace, met []probe.Result, listens func(trace.Endpoint) bool) {
	judgement, why := judge(answer, met, listens)
	r.Judged[judgement]++
	r.Classes[met[0].Class]++
	if answer.Verdict.Certainty == trace.Certain {
		r.Certain++
	}
	if judgement == Agreed {
		return
	}
	f := Finding{World: seed, Probe: p, Judgement: judgement, Why: why, Predicted: predicted(answer)}
	for _, m := range met {
		f.Met = append(f.Met, m.String())
	}
	r.Findings = append(r.Findings, f)
}

func predicted(t *trace.Trace) string {
	var out []string
	for _, o := range t.Outcomes {
		to := ""
		if o.Endpoint != nil {
			to = fmt.Sprintf(" by %s:%d, which sees %s", o.Endpoint.Pod+o.Endpoint.IP, o.Endpoint.Port, o.SourceSeen)
		}
		out = append(out, fmt.Sprintf("%s %s%s", o.Class, o.Reason, to))
	}
	return fmt.Sprintf("%s, %s (%s): %s [%s]", t.Verdict.Class, t.Verdict.Certainty, t.Verdict.Reason, t.Verdict.Sentence, strings.Join(out, "; "))
}

// String is a finding as a person reads it.
func (f Finding) String() string {
	out := fmt.Sprintf("%s: %s\n  world %d, from %s", f.Judgement, f.Why, f.World, f.Probe.From)
	if f.Probe.Via != "" {
		out += " via " + f.Probe.Via
	}
	return fmt.Sprintf("%s: %s\n  predicted %s\n  met %s", out, command.Join(f.Probe.Command()), f.Predicted, strings.Join(f.Met, "\n      "))
}
