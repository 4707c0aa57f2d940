// Package room keeps a class in step: a presenter moves, a stage and many phones follow. It holds the state of every room
// and brings it to whoever looks at it; it knows neither HTTP nor websockets, nor what a trace is.
//
// There is no queue. A state is small and always whole; each connection has one of it in flight, and the next one that it
// gets is the newest. So a slow or sleeping phone gets fewer states, never older ones, and holds up nobody; who joins late
// is sent the same whole state as everybody.
//
// Only connections that have shown the room's presenter token can move it. Followers can do three things: say what they
// have shown, say that they are looking round on their own, and choose one answer and one place while a question
// is open.
package room
