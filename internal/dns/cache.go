package dns

import "strconv"

// cacheLimits is how plugin/cache changes the times to live of answers that it has just got: all records of an answer get
// the smallest of theirs, within limits. What it keeps from earlier questions is not followed.
type cacheLimits struct {
	on                  bool
	success, denial     int // seconds
	minSuccess, minDeny int
}

// The plugin's defaults (plugin/cache New).
const (
	cacheSuccess = 3600
	cacheDenial  = 1800
	cacheMin     = 5
)

// readCache reads "cache [TTL] [ZONES…] { success CAPACITY [TTL] [MINTTL]; denial … }" for a name.
func readCache(d Directive, blockZones []string, name string) cacheLimits {
	l := cacheLimits{success: cacheSuccess, denial: cacheDenial, minSuccess: cacheMin, minDeny: cacheMin}
	args := d.Args
	if len(args) > 0 {
		if n, err := strconv.Atoi(args[0]); err == nil {
			l.success, l.denial, args = n, n, args[1:]
		}
	}
	zones := blockZones
	if len(args) > 0 {
		zones = zonesOf(args)
	}
	_, l.on = longestZone(name, zones)
	number := func(args []string, i int, out *int) {
		if i < len(args) {
			if n, err := strconv.Atoi(args[i]); err == nil {
				*out = n
			}
		}
	}
	for _, o := range d.Block {
		switch o.Name {
		case "success":
			number(o.Args, 1, &l.success)
			number(o.Args, 2, &l.minSuccess)
		case "denial":
			number(o.Args, 1, &l.denial)
			number(o.Args, 2, &l.minDeny)
		}
	}
	return l
}

func (l cacheLimits) apply(a *Answer) {
	if !l.on {
		return
	}
	top, bottom := l.success, l.minSuccess
	if a.RCode == NXDomain {
		top, bottom = l.denial, l.minDeny
	}
	ttl := top
	for _, r := range a.Records {
		ttl = min(ttl, r.TTL)
	}
	ttl = min(max(ttl, bottom), top)
	for i := range a.Records {
		a.Records[i].TTL = ttl
	}
}
