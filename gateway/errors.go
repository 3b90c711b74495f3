package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rookery-go/rookery/engine"
)

// Error is an error meant for the client. Any other error reaches it as "Internal
// server error" and is logged: what went wrong inside is nobody's business outside.
//
// As an answer to an event it becomes
//
//	{"status":"error","message":…,"code":…,"details":…,"cause":{"pattern":event,"data":payload}}
//
// with code and details where they are set. As the refusal of a connection it
// becomes a connect_error with the message, and the details as its data.
type Error struct {
	// Message is for people to read.
	Message string
	// Code is for programs to tell errors apart, such as "room_full".
	Code string
	// Details is anything more, encoded as JSON.
	Details any
	// Cause is the error behind it, which the client does not see.
	Cause error
}

// Errorf returns an [Error] with a message. A %w makes what it wraps the cause.
func Errorf(format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Message: err.Error(), Cause: errors.Unwrap(err)}
}

// The codes of errors that the framework itself answers with.
const (
	// CodeBadPayload: the payload does not decode into what the event takes, or a pipe
	// found it invalid.
	CodeBadPayload = "bad_payload"
	// CodeUnknownEvent: nobody handles the event.
	CodeUnknownEvent = "unknown_event"
)

// Error implements error.
func (e *Error) Error() string {
	if e.Cause != nil && e.Cause.Error() != e.Message {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Body is an error whose body the client gets as it is, in place of the usual one:
// what NestJS does with new WsException(object).
type Body struct {
	// Value is encoded as JSON.
	Value any
	// Cause is the error behind it, which the client does not see.
	Cause error
}

// Error implements error.
func (b *Body) Error() string {
	if b.Cause != nil {
		return b.Cause.Error()
	}
	return fmt.Sprintf("%v", b.Value)
}

// Unwrap returns the cause.
func (b *Body) Unwrap() error { return b.Cause }

// Errors that the framework itself answers with or returns.
var (
	// ErrForbidden is what a guard returns that has no better word for its refusal.
	ErrForbidden = &Error{Message: "Forbidden resource"}
	// ErrInternal is what the client hears of any error that is not an [Error].
	ErrInternal = &Error{Message: "Internal server error"}

	// ErrNotConnected is returned by calls that await an answer of a client whose
	// CONNECT has not been answered yet, as in OnConnect.
	ErrNotConnected = errors.New("gateway: the client is not connected yet; await its acks after OnConnect")
	// ErrDisconnected is returned by calls on a client that has left.
	ErrDisconnected = errors.New("gateway: the client has disconnected")
	// ErrAckTimeout is returned when a client's ack did not come in time. It is also
	// a context.DeadlineExceeded.
	ErrAckTimeout = fmt.Errorf("gateway: no ack in time: %w", context.DeadlineExceeded)
)

// ErrorReply is how errors of a handler reach the client.
type ErrorReply uint8

// The policies.
const (
	// ExceptionAndAck emits the event "exception" and, when the client awaits an
	// ack, answers it with the same body, so that nobody waits for ever.
	ExceptionAndAck ErrorReply = iota
	// ExceptionOnly emits the event "exception" and leaves the ack unanswered, as
	// NestJS does.
	ExceptionOnly
	// AckOnly answers the ack, and emits "exception" only for events without one.
	AckOnly
)

// exceptionEvent is the event that errors are emitted with.
const exceptionEvent = "exception"

// errorBody encodes an error for the client.
func errorBody(err error, x *Exec) (Payload, error) {
	var body *Body
	if errors.As(err, &body) {
		return NewPayload(body.Value)
	}
	type cause struct {
		Pattern string          `json:"pattern"`
		Data    json.RawMessage `json:"data,omitempty"`
	}
	e := public(err)
	raw, err := marshal(struct {
		Status  string `json:"status"`
		Message string `json:"message"`
		Code    string `json:"code,omitempty"`
		Details any    `json:"details,omitempty"`
		Cause   cause  `json:"cause"`
	}{"error", e.Message, e.Code, e.Details, cause{x.Event(), x.Payload()}})
	// The payload refers to the attachments it came with, so they go back with it.
	return Payload{engine.Args{Raw: raw, N: 1}, x.payload.attachments}, err
}

// public returns what of an error the client may know.
func public(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return ErrInternal
}

// refusal returns message and data of the connect_error for an error.
func refusal(err error) (string, json.RawMessage) {
	var message string
	var details any
	var body *Body
	if errors.As(err, &body) {
		message, details = "Connection refused", body.Value
	} else {
		e := public(err)
		message, details = e.Message, e.Details
		if details == nil && e.Code != "" {
			details = map[string]string{"code": e.Code}
		}
	}
	if details == nil {
		return message, nil
	}
	data, err := marshal(details)
	if err != nil {
		return message, nil
	}
	return message, data
}
