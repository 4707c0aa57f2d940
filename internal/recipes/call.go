package recipes

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// plain are ports on which no HTTP is spoken, by custom: databases, queues, shells, mail.
var plain = []int32{22, 25, 389, 1433, 1521, 2181, 2379, 3306, 5432, 5672, 6379, 9042, 9092, 11211, 27017}

// port is what is known of a port.
type port struct {
	number   int32
	name     string
	protocol corev1.Protocol
	speaks   string // appProtocol
}

// call is what a person types to try a port of a host: as short as it goes.
func call(host string, p port) string {
	at := strconv.Itoa(int(p.number))
	switch {
	case p.number == 53 && (p.protocol == corev1.ProtocolUDP || p.protocol == "" || p.protocol == corev1.ProtocolTCP):
		return "nslookup kubernetes.default.svc.cluster.local " + host
	case p.protocol == corev1.ProtocolUDP:
		return "nc -zuv -w2 " + host + " " + at
	case p.protocol == corev1.ProtocolSCTP:
		return "nc -zv --sctp -w2 " + host + " " + at
	case !p.http():
		return "nc -zv -w2 " + host + " " + at
	case p.https():
		return "curl -k " + url("https", host, p.number, "/")
	}
	return "curl " + url("http", host, p.number, "/")
}

func (p port) https() bool {
	return p.number == 443 || p.number == 6443 || p.number == 8443 || strings.HasPrefix(p.name, "https") || strings.EqualFold(p.speaks, "https")
}

func (p port) http() bool {
	return !slices.Contains(plain, p.number) && !strings.HasPrefix(p.name, "tcp") && !strings.HasPrefix(p.name, "grpc") && !strings.EqualFold(p.speaks, "tcp")
}

// at is the same port under another number: a node port speaks what its service speaks.
func (p port) at(number int32) port {
	if p.https() {
		p.name = "https"
	}
	if !p.http() {
		p.name = "tcp"
	}
	p.number = number
	return p
}

// url writes an address; the scheme's own port is left out.
func url(scheme, host string, number int32, path string) string {
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		host = "[" + host + "]"
	}
	if scheme == "http" && number != 80 || scheme == "https" && number != 443 {
		host += ":" + strconv.Itoa(int(number))
	}
	return scheme + "://" + host + path
}
