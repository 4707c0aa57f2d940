package gateway

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1"
)

// verdict is what a condition says, if it is current.
type verdict int

const (
	silent verdict = iota // no such condition, or one about an older generation
	yes
	no
)

// condition reads a condition. One that was observed about an older generation of the object says nothing about this
// one; Unknown says nothing either.
func condition(list []v1.Condition, kind string, generation int64) (verdict, *v1.Condition) {
	for i := range list {
		c := &list[i]
		if c.Type != kind {
			continue
		}
		if c.ObservedGeneration != generation {
			return silent, nil
		}
		switch c.Status {
		case v1.ConditionTrue:
			return yes, c
		case v1.ConditionFalse:
			return no, c
		}
		return silent, c
	}
	return silent, nil
}
