package simulate

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// pods puts every pod on a node, gives it addresses and makes it run.
func (s *settling) pods() {
	nodes := list[*corev1.Node](s, cluster.KindNode)
	byName := map[string]*corev1.Node{}
	for _, n := range nodes {
		byName[n.Name] = n
	}
	pods := list[*corev1.Pod](s, cluster.KindPod)
	load := &load{total: map[string]int{}, owner: map[string]int{}, host: map[hostPort]bool{}}
	var waiting []*corev1.Pod
	for _, p := range pods {
		key := cluster.Key{Namespace: p.Namespace, Name: p.Name}
		if p.Spec.NodeName == "" && p.Status.Phase != corev1.PodPending {
			if was := s.m.places[key]; byName[was.node] != nil && fits(&p.Spec, byName[was.node], false) {
				s.place(p, was.node, len(nodes))
			}
		}
		if p.Spec.NodeName == "" {
			waiting = append(waiting, p)
		} else {
			load.add(p)
		}
	}
	for _, p := range waiting {
		if p.Status.Phase != "" && p.Status.Phase != corev1.PodRunning && p.Status.Phase != corev1.PodSucceeded {
			continue // it is said to wait, or to have failed
		}
		if len(p.Spec.SchedulingGates) > 0 {
			gated(p)
			continue
		}
		node := load.best(p, nodes)
		if node == "" {
			unschedulable(p, len(nodes))
			if s.madeUp(nodes) {
				s.await(p) // nodes that nobody made up may fit
			}
			continue
		}
		s.place(p, node, len(nodes))
		if slices.ContainsFunc(nodes, isDown) {
			s.await(p) // it may be where nothing runs any more
		}
		load.add(p)
	}
	s.addresses(pods, byName)
	for _, p := range pods {
		s.status(p, byName[p.Spec.NodeName])
	}
}

// place puts a pod on one of several nodes, and says that nobody but the simulation did.
func (s *settling) place(p *corev1.Pod, node string, of int) {
	p.Spec.NodeName = node
	if of > 1 {
		s.annotate(p, cluster.AnnotationPlaced, "true")
	}
}

func unschedulable(p *corev1.Pod, nodes int) {
	if p.Status.Phase != "" {
		return
	}
	p.Status.Phase = corev1.PodPending
	p.Status.Conditions = []corev1.PodCondition{{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable,
		Message: "none of the nodes fits this pod's selector, tolerations and host ports",
	}}
}

// gated is a pod that no scheduler looks at (pkg/scheduler/framework/plugins/schedulinggates).
func gated(p *corev1.Pod) {
	if p.Status.Phase != "" {
		return
	}
	p.Status.Phase = corev1.PodPending
	p.Status.Conditions = []corev1.PodCondition{{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonSchedulingGated,
		Message: "Scheduling is blocked due to non-empty scheduling gates",
	}}
}

// addresses gives pod addresses the way a node's own address manager does: the next one after the last (the host-local
// plug-in's way), so that a replaced pod never comes back with the address of the one before it.
func (s *settling) addresses(pods []*corev1.Pod, nodes map[string]*corev1.Node) {
	used := map[netip.Addr]bool{}
	for _, p := range pods {
		for _, a := range podAddrs(p) {
			used[a] = true
		}
	}
	for key, was := range s.m.places {
		p, _ := s.objects[cluster.Ref{Kind: cluster.KindPod, Namespace: key.Namespace, Name: key.Name}].(*corev1.Pod)
		if p == nil || p.Spec.NodeName != was.node || len(podAddrs(p)) > 0 {
			continue
		}
		for _, a := range was.ips {
			used[a] = true
		}
	}
	for _, p := range pods {
		key := cluster.Key{Namespace: p.Namespace, Name: p.Name}
		node := nodes[p.Spec.NodeName]
		if have := podAddrs(p); len(have) > 0 {
			setAddrs(p, have)
			s.m.places[key] = place{p.Spec.NodeName, have}
			s.notLast(node, have)
			continue
		}
		if node == nil || done(p) && s.given[cluster.Ref{Kind: cluster.KindPod, Namespace: key.Namespace, Name: key.Name}] ||
			p.Status.Phase == corev1.PodPending || s.m.held[key] == PodPending && !p.Spec.HostNetwork {
			continue
		}
		var addrs []netip.Addr
		switch was, ok := s.m.places[key]; {
		case p.Spec.HostNetwork:
			addrs = onePerFamilyOf(cluster.NodeAddrs(node))
		case ok && was.node == node.Name && len(was.ips) > 0:
			addrs = was.ips
		default:
			for _, r := range s.podRanges(node) {
				if a := s.nextAddr(node.Name, r, used); a.IsValid() {
					used[a] = true
					addrs = append(addrs, a)
				}
			}
		}
		setAddrs(p, addrs)
		s.addressed(p, addrs...)
		s.m.places[key] = place{node.Name, addrs}
	}
}

// onePerFamilyOf are the first addresses of each family, which a pod of the host network has from its node (pkg/kubelet
// generateAPIPodStatus).
func onePerFamilyOf(list []netip.Addr) []netip.Addr {
	var out []netip.Addr
	for _, a := range list {
		if len(out) == 0 || len(out) == 1 && out[0].Is4() != a.Is4() {
			out = append(out, a)
		}
	}
	return out
}

// notLast makes addresses that objects came with count as given out, so that they are not given to others once free.
func (s *settling) notLast(node *corev1.Node, addrs []netip.Addr) {
	if node == nil {
		return
	}
	for _, r := range s.podRanges(node) {
		for _, a := range addrs {
			if key := node.Name + " " + r.String(); r.Contains(a) && s.m.last[key].Less(a) {
				s.m.last[key] = a
			}
		}
	}
}

func (s *settling) nextAddr(node string, r netip.Prefix, used map[netip.Addr]bool) netip.Addr {
	key := node + " " + r.String()
	from := 2 // the first address is the node's own end
	if last := s.m.last[key]; last.IsValid() {
		if a := nextFreeAfter(r, last, used); a.IsValid() {
			s.m.last[key] = a
			return a
		}
	}
	a := nextFree(r, from, used)
	if a.IsValid() {
		s.m.last[key] = a
	}
	return a
}

func nextFreeAfter(r netip.Prefix, last netip.Addr, used map[netip.Addr]bool) netip.Addr {
	for a := last.Next(); r.Contains(a) && r.Contains(a.Next()); a = a.Next() { // the last one is the broadcast address
		if !used[a] {
			return a
		}
	}
	return netip.Addr{}
}

func podAddrs(p *corev1.Pod) []netip.Addr {
	var out []netip.Addr
	for _, ip := range append([]corev1.PodIP{{IP: p.Status.PodIP}}, p.Status.PodIPs...) {
		if a, ok := cluster.ParseAddr(ip.IP); ok && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

func setAddrs(p *corev1.Pod, addrs []netip.Addr) {
	p.Status.PodIP, p.Status.PodIPs = "", nil
	for i, a := range addrs {
		if i == 0 {
			p.Status.PodIP = a.String()
		}
		p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: a.String()})
	}
}

// status makes a pod run, unless its object says something else or it is held back.
func (s *settling) status(p *corev1.Pod, node *corev1.Node) {
	if node == nil {
		if p.Status.Phase == "" {
			p.Status.Phase = corev1.PodPending
		}
		return
	}
	st := &p.Status
	held := s.m.held[cluster.Key{Namespace: p.Namespace, Name: p.Name}]
	if st.HostIP == "" {
		if addrs := cluster.NodeAddrs(node); len(addrs) > 0 {
			st.HostIP = addrs[0].String()
		}
	}
	if held == PodPending && st.Phase == "" {
		st.Phase = corev1.PodPending
		containerStates(p, func(*corev1.ContainerStatus) corev1.ContainerState {
			return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}
		})
		return
	}
	bare := st.Phase == "" && len(st.ContainerStatuses) == 0
	if st.Phase == "" {
		st.Phase = corev1.PodRunning
	}
	ready := corev1.ConditionTrue
	if held == PodUnready || st.Phase != corev1.PodRunning || slices.ContainsFunc(st.ContainerStatuses, notReady) {
		ready = corev1.ConditionFalse
	}
	said := false
	for _, c := range st.Conditions {
		if c.Type == corev1.PodReady {
			ready, said = c.Status, true
		}
	}
	if !said && gatesOpen(p) < len(p.Spec.ReadinessGates) {
		s.await(p) // somebody's controller opens them (pkg/kubelet/status GeneratePodReadyCondition)
	}
	if !said && (bare && s.mayWait(p) || s.probedElsewhere(p)) {
		s.await(p)
	}
	podReady := ready
	if isDown(node) {
		podReady = corev1.ConditionFalse // the node's controller says so for a kubelet that is silent (pkg/controller/util/node MarkPodsNotReady)
	}
	for _, c := range []corev1.PodCondition{
		{Type: corev1.PodScheduled, Status: corev1.ConditionTrue},
		{Type: corev1.PodReady, Status: podReady},
	} {
		if !slices.ContainsFunc(st.Conditions, func(have corev1.PodCondition) bool { return have.Type == c.Type }) {
			st.Conditions = append(st.Conditions, c)
		}
	}
	containerStates(p, func(c *corev1.ContainerStatus) corev1.ContainerState {
		c.Ready = ready == corev1.ConditionTrue
		switch st.Phase {
		case corev1.PodSucceeded:
			return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed"}}
		case corev1.PodFailed:
			return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Error", ExitCode: 1}}
		case corev1.PodPending:
			return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}
		}
		return corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	})
}

// gatesOpen counts the readiness gates whose condition the status shows to be true.
func gatesOpen(p *corev1.Pod) (n int) {
	for _, g := range p.Spec.ReadinessGates {
		if slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == g.ConditionType && c.Status == corev1.ConditionTrue }) {
			n++
		}
	}
	return n
}

// notReady holds a pod back whose status tells of its containers and not of itself: it is ready when they all are
// (pkg/kubelet/status GeneratePodReadyCondition).
func notReady(c corev1.ContainerStatus) bool { return !c.Ready }

func containerStates(p *corev1.Pod, state func(*corev1.ContainerStatus) corev1.ContainerState) {
	if len(p.Status.ContainerStatuses) > 0 {
		return
	}
	for _, c := range p.Spec.Containers {
		status := corev1.ContainerStatus{Name: c.Name, Image: c.Image}
		status.State = state(&status)
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, status)
	}
}
