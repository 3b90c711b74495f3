// Package soak holds tests that run for long, to find what shows only then: leaks, lost
// messages, order that breaks once in a million. They have the build tag soak; make soak
// runs them, for SOAKTIME each (10m).
package soak
