// Package server is the HTTP side: pages, the API, the websocket, health, metrics, and the guards before them. It only
// reads: nothing it serves changes a cluster.
package server
