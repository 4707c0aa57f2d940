package wire

// ClientHello is the browser's first message.
type ClientHello struct {
	Type     string  `json:"type"` // "hello"
	Protocol int     `json:"protocol"`
	Build    string  `json:"build"`            // the build the page was served by, from its meta element
	Token    string  `json:"token,omitempty"`  // off loopback; never in the URL
	Source   string  `json:"source,omitempty"` // id of a Choice, empty for the server's default
	Resume   *Resume `json:"resume,omitempty"`
}

// Resume says what a browser that reconnects already has. An epoch the server does not know means a full picture. A Frame
// with FlagMore leaves the picture incomplete, so it does not count here: a browser that never had a Frame without it
// does not resume.
type Resume struct {
	Epoch string `json:"epoch"`
	Seq   uint32 `json:"seq"` // the last Frame without FlagMore that was painted
}

// Ack acknowledges that a Frame is painted. Received and Painted are milliseconds of the browser's clock since the page
// was opened (performance.now); their difference is the browser's share of the delay. A browser may wait before it says
// so: since one Frame is in flight, it gets no more of them than it wants to draw.
type Ack struct {
	Type     string  `json:"type"` // "ack"
	Seq      uint32  `json:"seq"`
	Received float64 `json:"received"`
	Painted  float64 `json:"painted"`
	Waited   float64 `json:"waited,omitempty"` // so many milliseconds after it was painted this was said
	Hidden   bool    `json:"hidden,omitempty"` // taken in, but not painted: left out of the meter
}

// Visibility says that the tab was hidden or shown, or holds what it shows. A hidden tab gets one Frame a second at most.
type Visibility struct {
	Type   string `json:"type"` // "visibility"
	Hidden bool   `json:"hidden"`
}

// Hello is the server's first message.
type Hello struct {
	Type     string   `json:"type"` // "hello"
	Protocol int      `json:"protocol"`
	Build    string   `json:"build"`
	Reload   bool     `json:"reload,omitempty"` // the page is of another build or protocol: reload it
	Epoch    string   `json:"epoch"`            // slots and dictionary ids hold within one epoch
	Resumed  bool     `json:"resumed"`          // the browser keeps what it has; otherwise it starts empty
	Choices  []Choice `json:"choices"`
	Source   string   `json:"source"` // id of the Choice that is shown
	Error    string   `json:"error,omitempty"`
}

// Choice is a source the page can show.
type Choice struct {
	ID    string `json:"id"`   // "live:CONTEXT", "world:NAME[/VARIANT]", "files"
	Kind  string `json:"kind"` // live, world, files
	Name  string `json:"name"`
	Title string `json:"title"`
}
