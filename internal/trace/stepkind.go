package trace

// StepKind names what happens at a step.
type StepKind string

// All kinds of the contract; a new one is added to TRACE.md first.
const (
	StepStart             StepKind = "start"
	StepHostsFile         StepKind = "hosts-file"
	StepDNSSearch         StepKind = "dns.search"
	StepDNSQuery          StepKind = "dns.query"
	StepDNSAnswer         StepKind = "dns.answer"
	StepPodOut            StepKind = "pod.out"
	StepPolicyEgress      StepKind = "policy.egress"
	StepRulesDNAT         StepKind = "rules.dnat"
	StepRulesReject       StepKind = "rules.reject"
	StepRulesDrop         StepKind = "rules.drop"
	StepRulesPass         StepKind = "rules.pass"
	StepRulesMasquerade   StepKind = "rules.masquerade"
	StepRouteLocal        StepKind = "route.local"
	StepRouteNode         StepKind = "route.node"
	StepRouteOut          StepKind = "route.out"
	StepWire              StepKind = "wire"
	StepDoor              StepKind = "door"
	StepLoadBalancer      StepKind = "load-balancer"
	StepRouterNAT         StepKind = "router.nat"
	StepBoundary          StepKind = "boundary"
	StepHost              StepKind = "host"
	StepPolicyIngress     StepKind = "policy.ingress"
	StepProxyAccept       StepKind = "proxy.accept"
	StepProxyMatch        StepKind = "proxy.match"
	StepProxyAnswer       StepKind = "proxy.answer"
	StepProxyConnect      StepKind = "proxy.connect"
	StepPodIn             StepKind = "pod.in"
	StepPodSocket         StepKind = "pod.socket"
	StepAnswer            StepKind = "answer"
	StepReply             StepKind = "reply"
	StepReplyUnmasquerade StepKind = "reply.unmasquerade"
	StepReplyUnDNAT       StepKind = "reply.undnat"
	StepReplyUnPAT        StepKind = "reply.unpat"
	StepEnd               StepKind = "end"
)

// StepKinds lists all kinds, in the contract's order.
var StepKinds = []StepKind{
	StepStart, StepHostsFile, StepDNSSearch, StepDNSQuery, StepDNSAnswer, StepPodOut, StepPolicyEgress, StepRulesDNAT,
	StepRulesReject, StepRulesDrop, StepRulesPass, StepRulesMasquerade, StepRouteLocal, StepRouteNode, StepRouteOut,
	StepWire, StepDoor, StepLoadBalancer, StepRouterNAT, StepBoundary, StepHost, StepPolicyIngress, StepProxyAccept,
	StepProxyMatch, StepProxyAnswer, StepProxyConnect, StepPodIn, StepPodSocket, StepAnswer, StepReply,
	StepReplyUnmasquerade, StepReplyUnDNAT, StepReplyUnPAT, StepEnd,
}
