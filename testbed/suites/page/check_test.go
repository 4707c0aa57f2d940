package page

import (
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

func TestWhatAClientPrintedIsTakenBack(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, "pod/default/toolbox", "curl http://10.244.2.8:80/", "refused", "pod.port-closed", "")
	click(t, ctx, "#tab-check")
	line, err := browser.Eval[string](ctx, `document.querySelector("#tab-panel .command code").textContent`)
	must(t, err)
	if want := "kubectl exec -n default toolbox -- curl -v http://10.244.2.8:80/"; line != want {
		t.Errorf("the line to run is %q, want %q", line, want)
	}
	compare := func(fill, says string) {
		t.Helper()
		_, err := browser.Eval[any](ctx, `(() => { const form = document.querySelector("form.observed"); form.reset(); `+fill+`; form.requestSubmit(); })()`)
		must(t, err)
		must(t, browser.Wait(ctx, says, `document.querySelector(".judgement").textContent.includes(`+"`"+says+"`"+`)`))
	}
	compare(`form.printed.value = "curl: (7) Failed to connect to 10.244.2.8 port 80: Connection refused"`, "Agreed: a refused connection")
	compare(`form.printed.value = "curl: (28) Connection timed out"`, "Not as predicted: silence")
	compare(`form.pick.value = "refused"`, "Agreed: a refused connection")
	compare(`1`, "Paste what the client printed")
	text, err := browser.Eval[string](ctx, `document.querySelector("#report .yourself").textContent`)
	must(t, err)
	if !strings.Contains(text, "kubectl exec -n default toolbox") {
		t.Errorf("the list does not say how to check it: %s", text)
	}
}
