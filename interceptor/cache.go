package interceptor

import (
	"context"
	"sync"
	"time"

	"github.com/rookery-go/rookery/gateway"
)

// Cache returns an interceptor that answers with an earlier result for up to ttl, without
// running the handler. key says which results are alike, by default those of one event of
// one namespace with the same payload; "" keeps an event out of the cache. Beware of
// answers that depend on who asks: then the key must too. Errors, streams and events with
// binary parts are not cached. It holds up to size results, and drops an arbitrary one for
// a new one beyond that.
func Cache(ttl time.Duration, size int, key func(x *gateway.Exec) string) gateway.Interceptor {
	if key == nil {
		key = payloadKey
	}
	return &cache{ttl: ttl, size: size, key: key, entries: map[string]entry{}}
}

func payloadKey(x *gateway.Exec) string {
	return x.Namespace().Name() + "\x00" + x.Event() + "\x00" + string(x.Payload())
}

type cache struct {
	ttl  time.Duration
	size int
	key  func(*gateway.Exec) string

	mu      sync.Mutex
	entries map[string]entry
}

type entry struct {
	result  any
	expires time.Time
}

// Intercept implements gateway.Interceptor.
func (c *cache) Intercept(ctx context.Context, x *gateway.Exec, next gateway.Next) (any, error) {
	key := c.key(x)
	if key == "" || c.size < 1 || len(x.Attachments()) > 0 {
		return next(ctx, x)
	}
	if result, ok := c.get(key); ok {
		return result, nil
	}
	result, err := next(ctx, x)
	if _, stream := result.(gateway.Items); err == nil && !stream {
		c.put(key, result)
	}
	return result, err
}

func (c *cache) get(key string) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if ok && time.Now().After(e.expires) {
		delete(c.entries, key)
		return nil, false
	}
	return e.result, ok
}

func (c *cache) put(key string, result any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, have := c.entries[key]; !have && len(c.entries) >= c.size {
		c.evict()
	}
	c.entries[key] = entry{result, time.Now().Add(c.ttl)}
}

// evict drops what has expired, or else anything. The caller holds the lock.
func (c *cache) evict() {
	now := time.Now()
	for key, e := range c.entries {
		if now.After(e.expires) {
			delete(c.entries, key)
		}
	}
	for key := range c.entries {
		if len(c.entries) < c.size {
			return
		}
		delete(c.entries, key)
	}
}
