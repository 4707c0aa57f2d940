package cluster

// Fork is a View with edits laid over it; the View itself stays as it was. What edit writes is not shared with any
// Store.
func (v *View) Fork(edit func(*Writer)) *View {
	w := newWriter(v, nil)
	edit(w)
	return w.finish()
}

// View is the state so far, for edits that depend on what is there. It is valid until the next write.
func (w *Writer) View() *View {
	v := &View{state: w.next}
	v.pods, v.slices = &w.pods.rows, &w.slices.rows
	clear(w.owned) // what is listed or derived from a table is remembered with it: the next write takes a new one
	return v
}
