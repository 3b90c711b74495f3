package interceptor

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rookery-go/rookery/gateway"
)

// Log returns an interceptor that logs each event twice: [IN] with its payload, and [OUT]
// with the response or error and how long it took. A nil logger is slog.Default().
func Log(logger *slog.Logger, options ...LogOption) gateway.Interceptor {
	l := &log{logger: logger, level: slog.LevelInfo, limit: 1024}
	for _, o := range options {
		o(l)
	}
	return l
}

// LogOption changes what [Log] logs.
type LogOption func(*log)

// LogLevel sets the level of the entries; errors have slog.LevelError nonetheless, but
// for those meant for the client. The default is slog.LevelInfo.
func LogLevel(level slog.Level) LogOption { return func(l *log) { l.level = level } }

// LogLimit sets how many bytes of a payload or response are logged; 0 logs neither. The
// default is 1024.
func LogLimit(bytes int) LogOption { return func(l *log) { l.limit = bytes } }

// Redact puts "[redacted]" in the place of properties of these names, in any case and
// wherever in a payload or response they are.
func Redact(properties ...string) LogOption {
	return func(l *log) {
		if l.secret == nil {
			l.secret = map[string]bool{}
		}
		for _, p := range properties {
			l.secret[strings.ToLower(p)] = true
		}
	}
}

type log struct {
	logger *slog.Logger
	level  slog.Level
	limit  int
	secret map[string]bool
}

// Intercept implements gateway.Interceptor.
func (l *log) Intercept(ctx context.Context, x *gateway.Exec, next gateway.Next) (any, error) {
	logger := l.logger
	if logger == nil {
		logger = slog.Default()
	}
	who := []any{slog.String("namespace", x.Namespace().Name()), slog.String("event", x.Event()), slog.String("client", x.Client().ID())}
	if logger.Enabled(ctx, l.level) {
		logger.Log(ctx, l.level, "[IN]", append(who, l.payload("payload", x.Payload())...)...)
	}
	began := time.Now()
	result, err := next(ctx, x)
	if items, ok := result.(gateway.Items); ok && err == nil {
		return l.stream(ctx, logger, who, began, items), nil
	}
	l.out(ctx, logger, who, began, result, err)
	return result, err
}

// stream logs a stream when it has ended: how many items there were.
func (l *log) stream(ctx context.Context, logger *slog.Logger, who []any, began time.Time, items gateway.Items) gateway.Items {
	return func(yield func(any, error) bool) {
		n := 0
		var failed error
		defer func() { l.out(ctx, logger, append(who, slog.Int("items", n)), began, nil, failed) }()
		for item, err := range items {
			if failed = err; err == nil {
				n++
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

func (l *log) out(ctx context.Context, logger *slog.Logger, who []any, began time.Time, result any, err error) {
	attrs := append(who, slog.Duration("duration", time.Since(began)))
	if err != nil {
		level := slog.LevelError
		if meantForClient(err) {
			level = l.level
		}
		logger.Log(ctx, level, "[OUT]", append(attrs, slog.Any("error", err))...)
		return
	}
	if !logger.Enabled(ctx, l.level) {
		return
	}
	var raw json.RawMessage
	if l.limit > 0 && result != nil {
		var failed error
		if raw, failed = json.Marshal(result); failed != nil {
			attrs = append(attrs, slog.String("response", "not JSON: "+failed.Error()))
		}
	}
	logger.Log(ctx, l.level, "[OUT]", append(attrs, l.payload("response", raw)...)...)
}

// payload makes the attribute of a payload, redacted and cut.
func (l *log) payload(name string, raw json.RawMessage) []any {
	if l.limit <= 0 || len(raw) == 0 {
		return nil
	}
	if l.secret != nil {
		raw = l.redact(raw)
	}
	text := string(raw)
	if len(text) > l.limit {
		cut := l.limit
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "…"
	}
	return []any{slog.String(name, text)}
}

// redact returns a payload without its secrets. What cannot be looked into is not shown.
func (l *log) redact(raw json.RawMessage) json.RawMessage {
	const hidden = `"[redacted]"`
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) == nil && object != nil {
		for name, value := range object {
			if l.secret[strings.ToLower(name)] {
				object[name] = json.RawMessage(hidden)
			} else {
				object[name] = l.redact(value)
			}
		}
		return remarshal(object)
	}
	var array []json.RawMessage
	if json.Unmarshal(raw, &array) == nil && array != nil {
		for i, value := range array {
			array[i] = l.redact(value)
		}
		return remarshal(array)
	}
	return raw
}

func remarshal(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage(`"[unreadable]"`)
	}
	return raw
}
