package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"github.com/rookery-go/rookery/adapter"
	"github.com/rookery-go/rookery/engine"
)

// ServerOption configures a [Server].
type ServerOption interface{ applyServer(*config) error }

// MountOption configures one gateway, at [Server.Mount].
type MountOption interface{ applyMount(*scope) error }

// RouteOption configures one handler.
type RouteOption interface{ applyRoute(*scope) error }

// Option configures a server, a gateway or a handler, wherever it is given.
type Option interface {
	ServerOption
	MountOption
	RouteOption
}

// A scope is what hangs on a server, a gateway or a handler.
type scope struct {
	guards       []Guard
	pipes        []Pipe
	interceptors []Interceptor
	filters      []Filter
	meta         map[string]any
	concurrent   int
}

// check finds what cannot have been meant.
func (s *scope) check() error {
	for i, f := range s.filters[:max(len(s.filters)-1, 0)] {
		if all, ok := f.(interface{ CatchesAll() bool }); ok && all.CatchesAll() {
			return fmt.Errorf("gateway: UseFilters: filter %d (%T) catches every error, so those behind it are never reached; put it last", i+1, f)
		}
	}
	return nil
}

type optionFunc func(*scope) error

func (f optionFunc) applyServer(c *config) error { return f(&c.scope) }
func (f optionFunc) applyMount(s *scope) error   { return f(s) }
func (f optionFunc) applyRoute(s *scope) error   { return f(s) }

// UseGuards adds guards, to run in the order given.
func UseGuards(guards ...Guard) Option {
	return use("UseGuards", guards, func(s *scope) *[]Guard { return &s.guards })
}

// UsePipes adds pipes, to run in the order given.
func UsePipes(pipes ...Pipe) Option {
	return use("UsePipes", pipes, func(s *scope) *[]Pipe { return &s.pipes })
}

// UseInterceptors adds interceptors, the outermost first.
func UseInterceptors(interceptors ...Interceptor) Option {
	return use("UseInterceptors", interceptors, func(s *scope) *[]Interceptor { return &s.interceptors })
}

// UseFilters adds filters; within one scope the first that claims an error has it. A
// filter with a method CatchesAll() bool that returns true must be the last of its scope.
func UseFilters(filters ...Filter) Option {
	return use("UseFilters", filters, func(s *scope) *[]Filter { return &s.filters })
}

func use[T any](option string, roles []T, list func(*scope) *[]T) Option {
	return optionFunc(func(s *scope) error {
		for i, role := range roles {
			if any(role) == nil {
				return fmt.Errorf("gateway: %s: argument %d is nil", option, i+1)
			}
		}
		l := list(s)
		*l = append(*l, roles...)
		return nil
	})
}

// Concurrent lets up to n events of one client run at the same time, instead of one
// after the other: on a handler n of its own events, on a gateway n for each of its
// handlers. Such events do not hold up those behind them, and their answers may
// come in any order. n is at least 1, which is the default.
func Concurrent(n int) interface {
	MountOption
	RouteOption
} {
	return optionFunc(func(s *scope) error {
		if n < 1 {
			return fmt.Errorf("gateway: Concurrent(%d): at least one event must be able to run", n)
		}
		if s.concurrent != 0 {
			return fmt.Errorf("gateway: Concurrent(%d): it is given twice in one scope, %d before", n, s.concurrent)
		}
		s.concurrent = n
		return nil
	})
}

// config is what the options of a server set.
type config struct {
	scope  scope
	engine engine.Engine

	adapter         adapter.Factory
	logger          *slog.Logger
	errorReply      ErrorReply
	exact           bool // see NestExact
	handlerTimeout  time.Duration
	disconnectGrace time.Duration
	queueEvents     int
	queueBytes      int

	replace []func(role any) any
	given   map[string]bool // the options that were
}

func defaults() config {
	return config{
		adapter:         adapter.InMemory,
		logger:          slog.Default(),
		disconnectGrace: 5 * time.Second,
		queueEvents:     256,
		queueBytes:      1 << 20,
		given:           map[string]bool{},
	}
}

// A serverOption may be given once.
type serverOption struct {
	name string
	set  func(*config) error
}

func (o serverOption) applyServer(c *config) error {
	if c.given[o.name] {
		return fmt.Errorf("gateway: %s is given twice; one of them would have no effect", o.name)
	}
	c.given[o.name] = true
	return o.set(c)
}

// WithEngine sets what speaks to the clients. The default is engine.New with its
// default options; give one to set origins, limits, heartbeats and so on.
func WithEngine(e engine.Engine) ServerOption {
	return serverOption{"WithEngine", func(c *config) error {
		if e == nil {
			return errors.New("gateway: WithEngine(nil): leave the option out for the default engine")
		}
		c.engine = e
		return nil
	}}
}

// WithAdapter sets what keeps the rooms and spans the cluster. The default,
// adapter.InMemory, knows this process alone.
func WithAdapter(f adapter.Factory) ServerOption {
	return serverOption{"WithAdapter", func(c *config) error {
		if f == nil {
			return errors.New("gateway: WithAdapter(nil): leave the option out for rooms in memory")
		}
		c.adapter = f
		return nil
	}}
}

// WithLogger sets where errors and panics are logged. The default is
// slog.Default().
func WithLogger(l *slog.Logger) ServerOption {
	return serverOption{"WithLogger", func(c *config) error {
		if l == nil {
			return errors.New("gateway: WithLogger(nil): use slog.DiscardHandler to log nothing")
		}
		c.logger = l
		return nil
	}}
}

// WithErrorReply says how errors reach the client. The default is
// [ExceptionAndAck].
func WithErrorReply(r ErrorReply) ServerOption {
	return serverOption{"WithErrorReply", func(c *config) error {
		if c.exact {
			return errors.New("gateway: WithErrorReply contradicts NestExact, which is ExceptionOnly")
		}
		if r > AckOnly {
			return fmt.Errorf("gateway: WithErrorReply(%d): no such policy", r)
		}
		c.errorReply = r
		return nil
	}}
}

// WithHandlerTimeout cancels the context of a handler that has run for d. The
// default, 0, is never. A handler that heeds its context returns then; one that
// does not goes on.
func WithHandlerTimeout(d time.Duration) ServerOption {
	return serverOption{"WithHandlerTimeout", func(c *config) error {
		if d < 0 {
			return fmt.Errorf("gateway: WithHandlerTimeout(%v): the time is negative", d)
		}
		c.handlerTimeout = d
		return nil
	}}
}

// WithDisconnectGrace sets how long the contexts of events that a client sent before
// it left stay alive after it has. The default is 5 s.
func WithDisconnectGrace(d time.Duration) ServerOption {
	return serverOption{"WithDisconnectGrace", func(c *config) error {
		if d < 0 {
			return fmt.Errorf("gateway: WithDisconnectGrace(%v): the time is negative", d)
		}
		c.disconnectGrace = d
		return nil
	}}
}

// WithQueue bounds the events of one client that wait for their handlers: above
// either limit the server stops reading from the client until half of them are done.
// The default is 256 events and 1 MiB. While an ack of the client is awaited, which may
// be behind its events, reading goes on; a client that has 16 times as many bytes waiting
// then is closed.
func WithQueue(events, bytes int) ServerOption {
	return serverOption{"WithQueue", func(c *config) error {
		if events < 1 || bytes < 1 {
			return fmt.Errorf("gateway: WithQueue(%d, %d): both limits must be at least 1", events, bytes)
		}
		c.queueEvents, c.queueBytes = events, bytes
		return nil
	}}
}

// ReplaceRoles has every guard, pipe, interceptor and filter, of the server, of gateways
// and of handlers, pass through f, which returns it or another in its place. It is meant
// for tests: see gatewaytest.Override. Several are applied in turn.
func ReplaceRoles(f func(role any) any) ServerOption { return replaceRoles(f) }

type replaceRoles func(any) any

func (f replaceRoles) applyServer(c *config) error {
	if f == nil {
		return errors.New("gateway: ReplaceRoles(nil): give a func, or leave the option out")
	}
	c.replace = append(c.replace, f)
	return nil
}

// replaceIn replaces the roles of a scope.
func (c *config) replaceIn(s *scope) error {
	return errors.Join(
		replaceAll(c.replace, s.guards),
		replaceAll(c.replace, s.pipes),
		replaceAll(c.replace, s.interceptors),
		replaceAll(c.replace, s.filters),
	)
}

func replaceAll[T any](replace []func(any) any, roles []T) error {
	for i, role := range roles {
		var other any = role
		for _, f := range replace {
			other = f(other)
		}
		role, ok := other.(T)
		if !ok {
			return fmt.Errorf("gateway: ReplaceRoles: %T cannot take the place of %T: it is no %v", other, roles[i], reflect.TypeFor[T]())
		}
		roles[i] = role
	}
	return nil
}
