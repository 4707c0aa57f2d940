// Package cluster is the model: one Store that one goroutine at a time writes, and Views, immutable revisions of it that
// anybody may read without waiting.
//
// Objects of which there are few (nodes, services, policies …) are kept as their API types, stripped of what nobody
// reads. Pods and endpoints, of which there are many, are compact rows whose common parts are shared. A change that
// changes nothing that is kept (a heartbeat, a managed field) makes no new revision.
package cluster
