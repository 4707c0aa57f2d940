package browser

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// Download does what makes the page offer a file, and returns where it lies: in dir, under the name that the page gave it.
// Tabs of other people may get files at the same time.
func Download(ctx context.Context, dir string, do func() error) (path string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tab := chromedp.FromContext(ctx)
	events := true
	if _, err := chromedp.CallBrowser(ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: tab.BrowserContextID, DownloadPath: dir, EventsEnabled: &events,
	}); err != nil {
		return "", err
	}
	begun := chromedp.BrowserEvents(ctx, cdpbrowser.DownloadWillBegin)
	progress := chromedp.BrowserEvents(ctx, cdpbrowser.DownloadProgress)
	if err := do(); err != nil {
		return "", err
	}
	guid := ""
	for ev, err := range begun {
		if err != nil {
			return "", fmt.Errorf("wait for a file: %w", err)
		}
		if string(ev.FrameID) != string(tab.Target.TargetID) {
			continue
		}
		guid = ev.GUID
		path = filepath.Join(dir, ev.SuggestedFilename)
		break
	}
	for ev, err := range progress {
		if err != nil {
			return "", fmt.Errorf("wait for %s: %w", path, err)
		}
		if ev.GUID != guid {
			continue
		}
		switch ev.State {
		case cdpbrowser.DownloadProgressStateCompleted:
			return path, nil
		case cdpbrowser.DownloadProgressStateCanceled:
			return "", fmt.Errorf("the browser did not keep %s", path)
		}
	}
	return "", errors.New("the browser has ended")
}
