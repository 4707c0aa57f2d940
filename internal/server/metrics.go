package server

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are what /metrics shows.
type Metrics struct {
	registry *prometheus.Registry
	latency  prometheus.Histogram
	frames   prometheus.Counter
	bytes    prometheus.Counter
	clients  prometheus.Gauge
	traces   *prometheus.CounterVec
	tracing  prometheus.Histogram
	panics   prometheus.Counter

	roomPeers prometheus.Gauge
	roomSteps prometheus.Histogram
}

// NewMetrics makes the metrics with all values at zero.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "kubestrata_event_to_paint_seconds",
			Help:    "Time from a change reaching the server to a visible browser acknowledging that it is painted; of the oldest change of each frame.",
			Buckets: []float64{.005, .01, .02, .03, .04, .05, .075, .1, .15, .25, .5, 1, 2.5, 5, 10},
		}),
		frames:  prometheus.NewCounter(prometheus.CounterOpts{Name: "kubestrata_frames_total", Help: "Frames sent to browsers."}),
		bytes:   prometheus.NewCounter(prometheus.CounterOpts{Name: "kubestrata_frame_bytes_total", Help: "Bytes of frames sent to browsers."}),
		clients: prometheus.NewGauge(prometheus.GaugeOpts{Name: "kubestrata_browsers", Help: "Browsers that are connected."}),
		traces: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kubestrata_traces_total", Help: "Traces computed, by the class of their verdict; refused questions are error.",
		}, []string{"class"}),
		tracing: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "kubestrata_trace_seconds", Help: "Time to compute a trace.",
			Buckets: prometheus.ExponentialBuckets(.00005, 4, 9),
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{Name: "kubestrata_panics_total", Help: "Requests that ended in an internal error."}),
	}
	m.roomPeers = prometheus.NewGauge(prometheus.GaugeOpts{Name: "kubestrata_room_peers", Help: "Presenters, stages and followers that are connected to a room."})
	m.roomSteps = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "kubestrata_room_step_seconds",
		Help:    "Time from a presenter's move reaching the server to a follower acknowledging that it shows it.",
		Buckets: []float64{.005, .01, .025, .05, .1, .15, .25, .5, 1, 2.5, 5, 10},
	})
	m.registry.MustRegister(m.roomPeers, m.roomSteps, m.latency, m.frames, m.bytes, m.clients, m.traces, m.tracing, m.panics,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Latency notes the time from a change to its painted acknowledgement.
func (m *Metrics) Latency(d time.Duration) { m.latency.Observe(d.Seconds()) }

// Shown notes the time from a presenter's move to a follower that shows it.
func (m *Metrics) Shown(d time.Duration) { m.roomSteps.Observe(d.Seconds()) }

// Sent notes a frame.
func (m *Metrics) Sent(bytes int) {
	m.frames.Inc()
	m.bytes.Add(float64(bytes))
}

// Handler serves the metrics, for a port of its own.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
