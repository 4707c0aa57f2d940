package wire

// A Frame is one binary websocket message, little endian:
//
//	u8  magic 0x4B ('K')
//	u8  Protocol
//	u16 flags (FlagReset, FlagMore)
//	u32 seq, growing within an epoch, by one or more
//	f64 server time in Unix milliseconds when the newest change in it reached the server (0: none)
//	sections, each: u8 type, 3 bytes zero, u32 length of the payload in bytes, payload, zero bytes up to a multiple of 4
//
// A Frame is applied in this order: cards and dictionaries, whole pod rows (a whole row replaces all that was known of the
// slot, its PodExtra too; another name in a slot is another pod), pod states, pods gone, the same for endpoints, and
// PodExtras last. All rows are values, not differences, so applying a Frame twice does no harm. A Frame without sections
// is a sign of life (see HeartbeatSeconds); it is acknowledged like any other.
//
// Columns lie one after the other, each padded to 4 bytes, so that the browser reads them as typed arrays in place.
const (
	Magic = 0x4B

	FlagReset uint16 = 1 << 0 // forget everything: the whole picture begins here
	FlagMore  uint16 = 1 << 1 // the picture is not whole yet, more frames follow at once
)

// The section types.
const (
	// SectionObjects holds one Objects value as JSON.
	SectionObjects uint8 = 1
	// SectionPods holds whole pod rows: u32 n; columns u32 slot, u32 class, u32 node (dictionary of NodeNames,
	// NoNode if unscheduled), u32 IPv4 address (big-endian number, 0 if none), u32 created (Unix seconds),
	// u8 state (PodState bits), u8 name length; then the names as UTF-8, one after the other. Where the class has
	// an owner, and the name begins with the owner's name and "-", only the rest is sent and NameHasOwner is set.
	SectionPods uint8 = 2
	// SectionPodStates holds u32 n; columns u32 slot, u8 state: rows that differ from the last ones only in state.
	SectionPodStates uint8 = 3
	// SectionPodsGone holds u32 n; column u32 slot.
	SectionPodsGone uint8 = 4
	// SectionEndpoints holds whole endpoint rows: u32 n; columns u32 slot, u32 service (dictionary of ServiceIDs),
	// u32 pod slot (NoPod if it is no pod), u32 IPv4 address (0 if not IPv4), u8 state (EndpointState bits).
	SectionEndpoints uint8 = 5
	// SectionEndpointStates holds u32 n; columns u32 slot, u8 state.
	SectionEndpointStates uint8 = 6
	// SectionEndpointsGone holds u32 n; column u32 slot.
	SectionEndpointsGone uint8 = 7
)

// NoNode and NoPod stand in columns where there is none.
const (
	NoNode uint32 = 0xFFFFFFFF
	NoPod  uint32 = 0xFFFFFFFF
)

// Pod state bits: the phase in the low three bits (PhasePending …), then flags.
const (
	PodPhaseMask    uint8 = 0x07
	PodReady        uint8 = 1 << 3
	PodTerminating  uint8 = 1 << 4
	PodFailing      uint8 = 1 << 5 // a container waits or ended although the pod runs, or the pod failed
	PodNameHasOwner uint8 = 1 << 6
)

// Endpoint state bits.
const (
	EndpointReady       uint8 = 1 << 0
	EndpointServing     uint8 = 1 << 1
	EndpointTerminating uint8 = 1 << 2
)

// The phases of a pod in its state byte.
const (
	PhaseUnknown   uint8 = 0
	PhasePending   uint8 = 1
	PhaseRunning   uint8 = 2
	PhaseSucceeded uint8 = 3
	PhaseFailed    uint8 = 4
)

// HeartbeatSeconds is how long the server is silent at most: a browser that hears nothing for much longer has lost it.
const HeartbeatSeconds = 5
