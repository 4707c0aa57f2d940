# Every target is what a person types; .ci/run types `make check` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Builds are cached outside the tree by Go itself; the testbed caches its binaries by the hash of its go.sum.
STATICCHECK := go tool -modfile=tools/go.mod staticcheck
GOVULNCHECK := go tool -modfile=tools/go.mod govulncheck

.PHONY: help
help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## build and start Kubestrata (ARGS="--world lab")
	go build -o bin/kubestrata ./cmd/kubestrata && exec bin/kubestrata $(ARGS)

.PHONY: test
test: ## run every test, installing by package name what is missing
	tools/need go gcc node chromium
	go test -race ./...
	cd web && { [ -d node_modules/axe-core ] || npm install; } && npm test
	cd testbed && go run ./cmd/testbed build && go test -timeout 30m ./...
	cd testbed/oracle && go test ./...
	cd testbed/names && go test ./...
	cd testbed/slices && go test ./...

.PHONY: check
check: ## formatting, vet, staticcheck, types, lint, import rules, stale generated files, vulnerabilities
	tools/need go gcc node
	tools/check "$(STATICCHECK)" "$(GOVULNCHECK)"

.PHONY: generate
generate: ## write all generated files anew: templates, wire types, the page, deploy/rbac.yaml
	tools/generate

.PHONY: bench
bench: ## measure the first-contact figures and the hot paths, write BENCHMARKS.md
	tools/need go gcc chromium
	cd testbed && go run ./cmd/bench

.PHONY: testbed
testbed: ## start a real control plane (ARGS="--nodes 100 --pods 3000 --services 200") and print its kubeconfig
	@cd testbed && go build -o ../bin/testbed ./cmd/testbed && cd .. && exec bin/testbed up $(ARGS)

.PHONY: classroom
classroom: ## a real control plane with the objects of the world tour, and Kubestrata on it
	@tools/classroom $(ARGS)

.PHONY: dataplane
dataplane: ## send real requests through kube-proxy and CoreDNS and hold them against traces (Linux, root; ARGS="-worlds 10")
	tools/dataplane $(ARGS)

.PHONY: image
image: ## build the container image, or prove as much of it as can be without a container engine
	tools/image

.PHONY: pictures
pictures: ## take the README's pictures of the real page
	tools/need go chromium
	go build -o bin/kubestrata ./cmd/kubestrata
	cd testbed && go run ./cmd/pictures $(ARGS) ../bin/kubestrata ../docs/pictures
