# A static binary, its certificates and its user; no shell. Builds for linux/amd64 and linux/arm64:
#   docker buildx build --platform linux/amd64,linux/arm64 -t kubestrata .
# `make image` runs the same steps where there is no container engine.
ARG BUILDER=golang:1.26-bookworm
ARG BASE=scratch

FROM --platform=$BUILDPLATFORM ${BUILDER} AS build
ARG TARGETOS=linux
ARG TARGETARCH=amd64
ARG VERSION=
ARG OUT=/out
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags="-s -w -X github.com/kubestrata/kubestrata/internal/cli.release=$VERSION" -o $OUT/kubestrata ./cmd/kubestrata
RUN mkdir -p $OUT/etc/ssl/certs && cp /etc/ssl/certs/ca-certificates.crt $OUT/etc/ssl/certs/ && echo 'kubestrata:x:65532:65532::/:/none' > $OUT/etc/passwd

FROM ${BASE}
LABEL org.opencontainers.image.title="Kubestrata" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/kubestrata/kubestrata"
COPY --from=build /out/ /
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/kubestrata"]
CMD ["serve", "--address", "0.0.0.0", "--port", "8080", "--token-file", "/var/run/kubestrata/token"]
