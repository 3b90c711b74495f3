package gateway

import "errors"

// NestExact makes the server answer as NestJS does where Rookery by default does better,
// for comparison and for clients that rely on it:
//
//   - errors are emitted as "exception" and leave the ack unanswered ([ExceptionOnly]);
//   - a payload that does not decode or validate is an "Internal server error";
//   - guards run for events only, so that anyone may connect;
//   - events of one client run concurrently, in no certain order;
//   - an unknown event is ignored, also with an ack;
//   - [Listen], and a nil Out, leave the ack unanswered, and so does an empty [Stream].
//
// Filters of the server still work.
func NestExact() ServerOption {
	return serverOption{"NestExact", func(c *config) error {
		if c.given["WithErrorReply"] {
			return errors.New("gateway: NestExact contradicts WithErrorReply: it is ExceptionOnly")
		}
		c.exact = true
		c.errorReply = ExceptionOnly
		return nil
	}}
}

// exactConcurrency is how many events of one client run at once under NestExact, where
// NestJS has no bound.
const exactConcurrency = 1 << 10
