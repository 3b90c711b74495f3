//go:build soak

package badinput

import "testing"

func TestSoakNoGhosts(t *testing.T) { leaveNoGhosts(t, 6000) }
