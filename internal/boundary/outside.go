package boundary

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// fromOutside is a packet of a machine of the LAN or the Internet.
func (w *walk) fromOutside(layer surroundings.Layer) {
	o := OwnerOf(w.view, w.dst.Addr())
	if layer == surroundings.LayerInternet {
		w.fromInternet(&o)
		return
	}
	w.outsideFrom(layer, &o)
}

// fromInternet asks first whether the Internet has a route to the address at all. Where the address is private and
// known, what is missing is a door: a port forward or a load balancer. Where nobody is known to have it, a route is.
func (w *walk) fromInternet(o *Owner) {
	why := words.Say("boundary.private-address", o.Addr.String())
	inner := o.Kind == OwnerService || o.Kind == OwnerUnknownInService
	if inner {
		why = words.Say("boundary.service-addresses")
	}
	if r := w.routerBetween(surroundings.LayerLAN, surroundings.LayerInternet); Private(o.Addr) && !inner && (r != nil && r.Outside == nil || w.src.IsValid() && Private(w.src)) {
		// A machine with a private address of its own, or behind a router that only routes, may be nearer than the Internet.
		w.assume("private-route", "none", "default", words.Say("boundary.fact.private-route"), true)
	}
	switch public := !Private(o.Addr) || o.Layer == surroundings.LayerInternet; {
	case !inner && public:
		w.outsideFrom(surroundings.LayerInternet, o)
	case o.Kind == OwnerLoadBalancer || o.Kind == OwnerNode && w.serviceOn(o.Services) != nil:
		w.wall(surroundings.LayerInternet, "lb.private-address", why)
	case o.Kind == OwnerUnknownPrivate || o.Kind == OwnerUnknownInLAN:
		if w.pendingAt(surroundings.LayerInternet) {
			return
		}
		if kind := w.unreadOwner(); kind != "" {
			w.assume("address-owner", words.Say("boundary.nobody-known"), "default", words.Say("boundary.fact.unread-door", string(kind)), false)
		}
		w.wall(surroundings.LayerInternet, "boundary.no-route", why)
	default:
		w.wall(surroundings.LayerInternet, "boundary.needs-door", why)
	}
}

// outsideFrom carries a packet on in the LAN or the Internet, to whoever has its destination.
func (w *walk) outsideFrom(layer surroundings.Layer, o *Owner) {
	switch o.Kind {
	case OwnerPod, OwnerUnknownInPod:
		w.podFromOutside(layer, o)
	case OwnerService, OwnerUnknownInService:
		w.serviceFromOutside(layer, o)
	case OwnerNode:
		w.cross(layer, surroundings.LayerLAN)
		w.firewall(layer)
		w.toNode(o.Node, StepDoor)
	case OwnerExternalIP:
		w.cross(layer, o.Layer)
		w.assume("external-ip-route", "true", "default", words.Say("boundary.fact.external-ips"), true)
		w.arrive(w.nodes(nil), w.serviceOn(o.Services))
	case OwnerLoadBalancer:
		w.cross(layer, o.Layer)
		w.balancer(o)
	case OwnerHost:
		w.cross(layer, o.Layer)
		w.onHost(o.Host)
	case OwnerResolver:
		w.cross(layer, o.Layer)
		w.open(End{Kind: EndHost, Resolver: o.Resolver})
	case OwnerRouter:
		w.onRouter(layer, o.Router)
	default:
		w.cross(layer, o.Layer)
		if w.controlPlane(End{Kind: EndHost}) || w.pendingAt(o.Layer) || w.broadcast(o) {
			return
		}
		if kind := w.unreadOwner(); kind != "" {
			w.unread(kind, Waypoint{Kind: StepBoundary, Layer: o.Layer, At: networkRef(o.Layer)})
			return
		}
		w.d.Reason = "outside.unknown"
		w.open(End{Kind: EndOutside})
	}
}

// broadcast ends the way at the last address of a range of the LAN, which is nobody's.
func (w *walk) broadcast(o *Owner) bool {
	if o.Range == nil || !o.Addr.Is4() || o.Range.Prefix.Bits() > 30 || o.Range.Prefix.Contains(o.Addr.Next()) {
		return false
	}
	w.assume("lan-range", o.Range.Prefix.String(), "default", words.Say("boundary.fact.subnets"), true)
	w.wall(surroundings.LayerLAN, "boundary.no-route", words.Say("boundary.broadcast", o.Addr.String(), o.Range.Prefix.String()))
	return true
}

// unreadOwner names a kind whose objects might own the address and may not be read.
func (w *walk) unreadOwner() cluster.Kind {
	for _, kind := range []cluster.Kind{cluster.KindNode, cluster.KindService, cluster.KindPod} {
		if !w.view.Readable(kind, "") {
			return kind
		}
	}
	return ""
}

// unread ends the way where it depends on a kind that may not be read, and reports whether it does.
func (w *walk) unread(kind cluster.Kind, p Waypoint) bool {
	if w.view.Readable(kind, "") {
		return false
	}
	r, _ := cluster.ResourceOf(kind)
	p.Why = words.Say("boundary.depends-on", r.Plural)
	w.block(p, "rights."+string(kind))
	w.d.Certainty = Unknown
	return true
}

// podFromOutside: machines outside have a route to pods only where the pod network is routed or a router says so.
func (w *walk) podFromOutside(layer surroundings.Layer, o *Owner) {
	router := w.routerBetween(surroundings.LayerLAN, surroundings.LayerPod)
	switch {
	case router != nil && router.Outside == nil:
		w.step(Waypoint{Kind: StepBoundary, Layer: surroundings.LayerPod, At: routerRef(router), Why: words.Say("boundary.routes.pods")})
	case w.cfg.PodNetwork == Routed:
		w.podNetworkAssumption(words.Say("boundary.fact.pod-addresses"), true)
		w.wire(layer)
	default:
		w.podNetworkAssumption(words.Say("boundary.fact.no-pod-route"), true)
		w.wall(surroundings.LayerPod, "boundary.no-route", words.Say("boundary.no-pod-route"))
		return
	}
	if o.Kind == OwnerUnknownInPod {
		w.gone("", o)
		return
	}
	if n := w.view.Node(o.Pod.Node); n != nil && w.down(n) {
		return
	}
	w.step(Waypoint{Kind: StepLocal, Layer: surroundings.LayerPod, At: nodeRef(o.Pod.Node)})
	w.open(End{Kind: EndPod, Pod: o.Pod, Node: o.Pod.Node})
}

func (w *walk) podNetworkAssumption(why string, flips bool) {
	value, source := cmp.Or(w.cfg.PodNetwork, PodNetworkUnknown), "default"
	if w.cfg.Given {
		source = "given"
	}
	if value == PodNetworkUnknown {
		value = Overlay
	}
	w.assume("pod-network", string(value), source, why, flips && !w.cfg.Given)
}

// serviceFromOutside: a service's address is no machine's; outside nothing sends it to a node, unless a router does.
func (w *walk) serviceFromOutside(layer surroundings.Layer, o *Owner) {
	if r := w.routerBetween(surroundings.LayerLAN, surroundings.LayerService); r != nil && r.Outside == nil && layer == surroundings.LayerLAN {
		w.step(Waypoint{Kind: StepBoundary, Layer: surroundings.LayerService, At: routerRef(r), Why: words.Say("boundary.routes.services")})
		w.arrive(w.nodes(nil), w.serviceOn(o.Services))
		return
	}
	if layer == surroundings.LayerLAN {
		w.assume("service-route", "false", "default", words.Say("boundary.fact.service-route"), true)
	}
	reason := "boundary.no-route"
	if layer == surroundings.LayerInternet {
		reason = "boundary.needs-door"
	}
	w.wall(surroundings.LayerService, reason, words.Say("boundary.service-addresses"))
}

// onRouter is a packet for a router's own outside address: only its port forwards lead further.
func (w *walk) onRouter(layer surroundings.Layer, r *surroundings.Router) {
	to, ok := forwardTo(r.Forwards, w.dst)
	if !ok || w.hops >= maxForwards {
		w.d.Missing = []string{DoorForward}
		w.block(Waypoint{Kind: StepRouter, Layer: surroundings.LayerInternet, At: routerRef(r),
			Why: words.Say("boundary.router.no-forward", w.dst.String())}, "boundary.needs-door")
		why := words.Say("boundary.fact.router-refuses")
		if layer == surroundings.LayerLAN || w.dst.Port() == 0 {
			why = words.Say("boundary.fact.router-own")
		}
		w.assume("router-ports", "none", "default", why, true)
		return
	}
	w.hops++
	w.dst = to
	w.step(Waypoint{Kind: StepRouter, Layer: surroundings.LayerLAN, At: routerRef(r), Changed: []string{"dst"}, Why: "port forward"})
	if layer == surroundings.LayerLAN {
		w.assume("hairpin", "true", "default", words.Say("boundary.fact.router-hairpin"), true)
	}
	w.fromOutside(surroundings.LayerLAN)
}

// cross goes from one outer layer to the other. Outward a router puts its own address as source; inward it needs a
// public address at the other end, which fromInternet has seen to.
func (w *walk) cross(from, to surroundings.Layer) {
	if from == to {
		if !w.lastIs(StepWire) {
			w.wire(from)
		}
		return
	}
	r := w.routerBetween(surroundings.LayerLAN, surroundings.LayerInternet)
	if to != surroundings.LayerInternet {
		at := networkRef(surroundings.LayerLAN)
		if r != nil {
			at = routerRef(r)
		}
		w.step(Waypoint{Kind: StepBoundary, Layer: surroundings.LayerLAN, At: at})
		return
	}
	switch {
	case r != nil && r.Outside != nil && r.Outside.Is4() != w.dst.Addr().Is4():
		w.step(Waypoint{Kind: StepBoundary, Layer: surroundings.LayerInternet, At: routerRef(r), Why: words.Say("boundary.router.other-family")})
	case r != nil && r.Outside != nil:
		w.src = *r.Outside
		w.step(Waypoint{Kind: StepRouter, Layer: surroundings.LayerInternet, At: routerRef(r), Changed: []string{"src"}})
	case r != nil:
		w.step(Waypoint{Kind: StepBoundary, Layer: surroundings.LayerInternet, At: routerRef(r), Why: words.Say("boundary.router.no-translation")})
	default:
		p := Waypoint{Kind: StepBoundary, Layer: surroundings.LayerInternet, At: networkRef(surroundings.LayerInternet)}
		if Private(w.src) {
			// Some router must translate a private source; nothing says to which address.
			w.src, p.Changed, p.Why = netip.Addr{}, []string{"src"}, words.Say("boundary.fact.router")
		}
		w.step(p)
	}
}

// firewall notes that a node with a public address is seldom open to everybody, and that a live node may filter even the
// LAN. A world or a file has only what it describes.
func (w *walk) firewall(from surroundings.Layer) {
	switch {
	case from == surroundings.LayerInternet:
		w.assume("firewall", "open", "default", words.Say("boundary.fact.cloud-firewall"), true)
	case w.view.Source().Kind == cluster.SourceLive:
		w.assume("firewall", "open", "default", words.Say("boundary.fact.node-firewall"), true)
	}
}

func (w *walk) wire(layer surroundings.Layer) {
	w.step(Waypoint{Kind: StepWire, Layer: layer, At: networkRef(layer)})
}

func (w *walk) lastIs(k WaypointKind) bool {
	n := len(w.d.Waypoints)
	return n > 0 && w.d.Waypoints[n-1].Kind == k
}

func (w *walk) routerBetween(a, b surroundings.Layer) *surroundings.Router {
	list := w.view.Surroundings().Routers
	for i := range list {
		if slices.Contains(list[i].Between, a) && slices.Contains(list[i].Between, b) {
			return &list[i]
		}
	}
	return nil
}

func routerRef(r *surroundings.Router) cluster.Ref {
	return cluster.Ref{Kind: cluster.KindRouter, Name: r.Name}
}
