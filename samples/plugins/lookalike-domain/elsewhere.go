//go:build !wasip1

package main

// So that `go test` and `go vet` work on the machine that builds.
func main() {}
