// Package kube is the live source: kubeconfig and its flags, what may be read, and one list and watch per kind into a
// cluster.Store. It is the only package that imports client-go, and of client-go only its REST client and clientcmd: the
// clientset, the informers and cli-runtime would cost a newcomer minutes of compiling.
//
// It only ever reads: get, list and watch as the table Accesses says, and the question to the server what may be read
// (SelfSubjectAccessReview). Secrets are not in the table, so they cannot be asked for.
package kube
