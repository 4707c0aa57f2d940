package kube

import (
	"slices"
	"testing"
	"time"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

var customPlurals = func() (out []string) {
	for _, r := range cluster.Resources {
		if r.Custom {
			out = append(out, r.Plural)
		}
	}
	return out
}()

// withoutCustom is a server that has no custom kinds.
func withoutCustom(t *testing.T) *fakeAPI {
	api := newFakeAPI(t)
	for _, plural := range customPlurals {
		api.missing[plural] = true
	}
	return api
}

func TestAKindWithoutADefinitionIsAbsentWhateverTheRights(t *testing.T) {
	api := withoutCustom(t)
	for _, plural := range customPlurals {
		api.denied["list "+plural], api.denied["watch "+plural] = true, true
	}
	store := follow(t, api.open(nil, ""))
	v := wait(t, store, "the kinds are absent", func(v *cluster.View) bool {
		return status(v, cluster.KindGateway, "").State == cluster.StateAbsent && status(v, cluster.KindClusterNetworkPolicy, "").State == cluster.StateAbsent
	})
	if len(v.NotRead()) != 0 || !v.Readable(cluster.KindClusterNetworkPolicy, "") {
		t.Errorf("what does not exist is not read: %v", v.NotRead())
	}
}

func TestAKindThatIsThereAndMayNotBeReadIsForbidden(t *testing.T) {
	api := newFakeAPI(t)
	api.denied["list gateways"], api.denied["watch gateways"] = true, true
	store := follow(t, api.open(nil, ""))
	wait(t, store, "gateways are forbidden", func(v *cluster.View) bool {
		return status(v, cluster.KindGateway, "").State == cluster.StateForbidden && status(v, cluster.KindHTTPRoute, "").State == cluster.StateSynced
	})
}

func TestACustomKindJoinsAndLeavesWithItsDefinition(t *testing.T) {
	api := withoutCustom(t)
	opened := api.open(nil, "")
	opened.timing.absent = time.Hour // whoever waits is woken
	store := follow(t, opened)
	wait(t, store, "the kinds are absent", func(v *cluster.View) bool {
		return status(v, cluster.KindGateway, "").State == cluster.StateAbsent && synced(cluster.KindCRD)(v)
	})
	definitions := api.watch("customresourcedefinitions")
	for range 2 {
		api.put(&gatewayv1.Gateway{ObjectMeta: about("shop", "front", "7")})
		api.set(func() { delete(api.missing, "gateways") })
		definitions.send("ADDED", crd("gateways.gateway.networking.k8s.io"))
		wait(t, store, "the gateway is there", func(v *cluster.View) bool {
			return synced(cluster.KindGateway)(v) && v.Get(cluster.KindGateway, "shop", "front") != nil
		})
		watch := api.watch("gateways")
		api.set(func() { api.missing["gateways"] = true; api.objects["gateways"] = nil })
		close(watch.events)
		definitions.send("DELETED", crd("gateways.gateway.networking.k8s.io"))
		wait(t, store, "the gateway is gone with its kind", func(v *cluster.View) bool {
			return status(v, cluster.KindGateway, "").State == cluster.StateAbsent && v.Count(cluster.KindGateway) == 0
		})
	}
}

func TestAnOlderVersionIsReadWhereNoOtherIsServed(t *testing.T) {
	api := newFakeAPI(t)
	api.older = true
	api.put(&gatewayv1.Gateway{ObjectMeta: about("shop", "front", "7")})
	store := follow(t, api.open(nil, ""))
	wait(t, store, "the gateway is there", func(v *cluster.View) bool { return v.Get(cluster.KindGateway, "shop", "front") != nil })
	if !slices.Contains(api.asked("discover gateway.networking.k8s.io/v1beta1"), "discover gateway.networking.k8s.io/v1beta1") {
		t.Error("the older version was not looked for")
	}
}
