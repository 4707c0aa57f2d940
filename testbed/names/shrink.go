package names

import "slices"

// maxShrink bounds the worlds that are tried; each starts a server.
const maxShrink = 200

// shrink takes away from a world whatever the disagreement does not need.
func shrink(w *world, differs func(*world) bool) *world {
	tried := 0
	for again := true; again; {
		again = false
		for _, smaller := range smallerWorlds(w) {
			if tried++; tried > maxShrink {
				return w
			}
			if differs(smaller) {
				w, again = smaller, true
				break
			}
		}
	}
	return w
}

// smallerWorlds are the worlds with one thing less, those with much less first.
func smallerWorlds(w *world) []*world {
	var out []*world
	try := func(change func(*world)) {
		c := w.copy()
		change(c)
		out = append(out, c)
	}
	if len(w.pods) > 0 {
		try(func(c *world) { c.pods = nil })
	}
	if len(w.slices) > 0 {
		try(func(c *world) { c.slices = nil })
	}
	if len(w.services) > 2 {
		try(func(c *world) { c.services = c.services[:len(c.services)/2] })
		try(func(c *world) { c.services = c.services[len(c.services)/2:] })
	}
	if w.hostsFile != "" {
		try(func(c *world) { c.hostsFile = "" })
	}
	for i, b := range w.blocks {
		if len(w.blocks) > 1 {
			try(func(c *world) { c.blocks = slices.Delete(c.blocks, i, i+1) })
		}
		for k, d := range b.directives {
			if len(b.directives) > 1 {
				try(func(c *world) { c.blocks[i].directives = slices.Delete(c.blocks[i].directives, k, k+1) })
			}
			if d.head == "import shared" {
				try(func(c *world) { c.blocks[i].directives, c.snippet = cloneDirectives(c.snippet), nil })
			}
			for o := range d.options {
				try(func(c *world) {
					c.blocks[i].directives[k].options = slices.Delete(c.blocks[i].directives[k].options, o, o+1)
				})
			}
		}
	}
	for i := range w.services {
		try(func(c *world) { c.services = slices.Delete(c.services, i, i+1) })
	}
	for i, s := range w.slices {
		try(func(c *world) { c.slices = slices.Delete(c.slices, i, i+1) })
		for k := range s.Endpoints {
			try(func(c *world) { c.slices[i].Endpoints = slices.Delete(c.slices[i].Endpoints, k, k+1) })
		}
	}
	for i := range w.pods {
		try(func(c *world) { c.pods = slices.Delete(c.pods, i, i+1) })
	}
	for i := range w.namespaces {
		try(func(c *world) { c.namespaces = slices.Delete(c.namespaces, i, i+1) })
	}
	return out
}
