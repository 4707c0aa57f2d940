package browser

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Tabs are private tabs of one browser that are used one after the other: a page in a new tab costs three times what it
// costs in one that has shown a page before, since the browser starts a process and translates every script anew.
type Tabs struct {
	b       *Browser
	mu      sync.Mutex
	free    []*used
	borrows int
}

type used struct {
	ctx    context.Context
	close  func()
	script page.ScriptIdentifier // empties what the page before has stored
}

// Tabs returns an empty set of tabs of the browser; they are closed with it.
func (b *Browser) Tabs() *Tabs { return &Tabs{b: b} }

// Borrow hands out a tab that nobody else uses. The page before is still in it until another one is opened, which finds no
// cookies and nothing stored. Its context ends after the limit. giveBack ends the use; a tab that is not good any more is
// closed. Whoever sets more of the tab than Options opens one of its own by Private.
func (s *Tabs) Borrow(limit time.Duration, o Options) (ctx context.Context, giveBack func(good bool), err error) {
	s.mu.Lock()
	s.borrows++
	mark := s.borrows
	var u *used
	if n := len(s.free); n > 0 {
		u, s.free = s.free[n-1], s.free[:n-1]
	}
	s.mu.Unlock()
	if u == nil {
		tab, closeTab := chromedp.NewContext(s.b.ctx, chromedp.WithNewBrowserContext())
		u = &used{ctx: tab, close: closeTab}
		// The tab would end with the context that it begins in.
		if err := chromedp.Do(tab); err != nil {
			closeTab()
			return nil, nil, fmt.Errorf("open a tab: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(u.ctx, limit)
	if err := u.ready(ctx, mark, o); err != nil {
		cancel()
		u.close()
		return nil, nil, fmt.Errorf("make a tab ready: %w", err)
	}
	return ctx, func(good bool) {
		cancel()
		if !good {
			u.close()
			return
		}
		s.mu.Lock()
		s.free = append(s.free, u)
		s.mu.Unlock()
	}, nil
}

// ready makes a tab as good as new. What pages have stored is emptied by the first page of each origin that comes: it is
// told from those that follow by a mark of its own.
func (u *used) ready(ctx context.Context, mark int, o Options) error {
	if err := meet(ctx, o); err != nil {
		return err
	}
	// Several tabs are in use at once, and only one window of a screen has the focus.
	focus := emulation.SetFocusEmulationEnabledParams{Enabled: true}
	if _, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, focus); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, struct{}{}); err != nil {
		return err
	}
	if u.script != "" {
		gone := page.RemoveScriptToEvaluateOnNewDocumentParams{Identifier: u.script}
		if _, err := chromedp.Call(ctx, page.RemoveScriptToEvaluateOnNewDocument, gone); err != nil {
			return err
		}
	}
	// A document without an origin has no store.
	added, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf(`try {
		if (sessionStorage.getItem("borrowed") !== "%d") {
			localStorage.clear();
			sessionStorage.clear();
			sessionStorage.setItem("borrowed", "%[1]d");
		}
	} catch {}`, mark)})
	u.script = added.Identifier
	return err
}
