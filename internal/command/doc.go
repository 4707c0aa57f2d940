// Package command turns a pasted command line into a Request: what is asked, of whom, how, and where the line itself
// says that it runs. It executes nothing, resolves no name and knows no cluster; whatever a line leaves to its
// surroundings ("$(minikube ip)", a prompt's host name) is kept as it stands for the caller to resolve.
//
// It also knows the other end of a request: what the client program prints and with which status it exits, given how the
// request ended (ClientResult).
package command
