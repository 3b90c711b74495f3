package interceptor

import (
	"errors"

	"github.com/rookery-go/rookery/gateway"
)

// meantForClient tells whether an error is one that the client is told: no fault of the
// server's.
func meantForClient(err error) bool {
	var e *gateway.Error
	var b *gateway.Body
	return errors.As(err, &e) || errors.As(err, &b)
}
