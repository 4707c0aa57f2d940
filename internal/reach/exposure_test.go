package reach_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/reach"
)

// exposed writes a thing's exposure in one line: how it stands to the Internet, the LAN and those inside, and its doors.
func exposed(t *testing.T, world, target string) string {
	t.Helper()
	list, err := reach.Exposure(open(t, world), []string{target}, reach.Ask{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%s: %d answers, %v", target, len(list), err)
	}
	e := list[0]
	return fmt.Sprintf("internet %s: %s lan %s: %s inside %s: %s", e.Internet.Verdict, e.Internet.Sentence, e.LAN.Verdict, e.LAN.Sentence, e.Inside.Verdict, e.Inside.Sentence)
}

func TestExposureNamesTheDoorAndTheObjectThatOpensIt(t *testing.T) {
	rows := []struct{ name, target, want string }{
		{
			"a service behind an ingress is open to the Internet by it, to the LAN by its node port, too", "service/default/web",
			"internet allowed: By Ingress default/shop, http://shop.test. lan allowed: By node port 30080, opened by Service default/web and 1 other door. inside allowed: Every pod.",
		},
		{
			"one that only the ingress leads to", "service/default/api",
			"internet allowed: By Ingress default/shop, http://shop.test/api. lan allowed: By Ingress default/shop, http://shop.test/api. inside allowed: Every pod.",
		},
		{"a database that a policy guards is open to some pods only", "service/default/db", "inside partly: 4 of 12 pods, by NetworkPolicy default/only-api."},
		{"one without endpoints is open to nobody", "service/default/pay", "inside fails"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if got := exposed(t, "tour", r.target); !strings.Contains(got, r.want) {
				t.Errorf("got  %s\nwant %s", got, r.want)
			}
		})
	}
}

func TestExposureSkipsWhatIsGoneAndRefusesTooMuch(t *testing.T) {
	view := open(t, "tour")
	list, err := reach.Exposure(view, []string{"service/default/gone", "service/default/web", "nonsense"}, reach.Ask{})
	if err != nil || len(list) != 1 || list[0].Target != "service/default/web" {
		t.Errorf("got %v, %v", list, err)
	}
	if _, err := reach.Exposure(view, make([]string, reach.MaxExposed+1), reach.Ask{}); err == nil {
		t.Error("a question of any size is answered")
	}
}

func TestEveryOpenDoorIsOneThatWhoCanReachComesThrough(t *testing.T) {
	for _, world := range []string{"tour", "ckad", "ckad/multihost", "lab"} {
		view := open(t, world)
		var targets []string
		for _, s := range view.Services() {
			targets = append(targets, "service/"+s.Namespace+"/"+s.Name)
		}
		list, err := reach.Exposure(view, targets, reach.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			who, err := reach.WhoCanReach(view, reach.Ask{Target: e.Target})
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range append(e.Internet.Open, e.LAN.Open...) {
				if o.Door.Kind == "ingress" || o.Door.Kind == "gateway" {
					continue // who-can-reach asks at a service's own doors
				}
				found := false
				for _, g := range who.Groups {
					found = found || g.Trace.Command == o.Trace.Command && g.Trace.From == o.Trace.From && g.Verdict != reach.Fails && g.Verdict != reach.Denied
				}
				if !found {
					t.Errorf("%s: %s is said to be open, who-can-reach does not say so", e.Target, o.Words)
				}
			}
			if e.Inside.Allowed != who.Summary.Allowed+who.Summary.Partly || e.Inside.Pods != who.Summary.Pods {
				t.Errorf("%s: %d of %d inside, who-can-reach says %+v", e.Target, e.Inside.Allowed, e.Inside.Pods, who.Summary)
			}
		}
	}
}
