// Package reach answers the reverse of a trace: who can reach a thing, and what a source can reach.
//
// It walks no path of its own. Sources (or targets) that nothing on the way could tell apart are put together: same
// namespace, labels and shape, same side of every address range that matters, same node where the node matters, and the
// same answers from the policies. One pair of each such class is traced, and what that trace says holds for all of them.
// So a group's verdict is that of the trace which the group names, and whoever doubts it runs that trace.
package reach
