package gatewaytest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"github.com/rookery-go/rookery/engine"
)

// Dial connects a client over the network, as in "http://127.0.0.1:3000/socket.io/", and
// fails the test when it is refused. The transport is WebSocket, or whichever [Transport]
// says. Of the options, [RemoteAddr] has no effect.
func Dial(tb testing.TB, address, namespace string, options ...Option) *Client {
	tb.Helper()
	c, err := TryDial(tb, address, namespace, options...)
	if err != nil {
		tb.Fatalf("dial %s%s: %v", address, namespace, err)
	}
	return c
}

// TryDial connects a client over the network. A refusal of the namespace is a
// [*ConnectError].
func TryDial(tb testing.TB, address, namespace string, options ...Option) (*Client, error) {
	tb.Helper()
	h := &engine.Handshake{Namespace: namespace, Query: url.Values{}, Header: http.Header{}}
	transport := engine.WebSocket
	for _, o := range options {
		if o.transport != "" {
			transport = o.transport
		}
		if o.set == nil {
			continue
		}
		if err := o.set(h); err != nil {
			return nil, fmt.Errorf("gatewaytest: option: %w", err)
		}
	}
	c := newClient(tb, namespace)
	r := &remote{client: c, namespace: namespace, header: h.Header}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	h.Query.Set("EIO", "4")
	h.Query.Set("transport", transport)
	r.url = address + "?" + h.Query.Encode()
	var err error
	if transport == engine.WebSocket {
		err = r.dialWebSocket()
	} else {
		err = r.dialPolling()
	}
	if err != nil {
		r.cancel()
		return nil, fmt.Errorf("gatewaytest: open a session: %w", err)
	}
	tb.Cleanup(r.running.Wait) // after the drop that connect adds
	if err := r.send(engine.Packet{Type: engine.Connect, Namespace: namespace, Args: argsOf(h.Auth)}); err != nil {
		r.drop()
		return nil, fmt.Errorf("gatewaytest: send CONNECT: %w", err)
	}
	return c, c.connect(r)
}

// Transport sets the transport of a client made with [Dial]: "polling" or "websocket".
func Transport(name string) Option { return Option{transport: name} }

func argsOf(raw json.RawMessage) engine.Args {
	if len(raw) == 0 {
		return engine.Args{}
	}
	return engine.Args{Raw: raw, N: 1}
}

// remote is a session over the network. Its one goroutine, the reader, ends with it.
type remote struct {
	client    *Client
	namespace string
	url       string
	header    http.Header
	ctx       context.Context
	cancel    context.CancelFunc
	running   sync.WaitGroup

	sending sync.Mutex
	ws      *websocket.Conn // nil: polling

	partial engine.Packet // waits for attachments
	missing int
}

func (r *remote) dialWebSocket() error {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	ws, res, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(r.url, "http"), &websocket.DialOptions{HTTPHeader: r.header})
	if err != nil {
		if res != nil && res.Body != nil {
			body, _ := io.ReadAll(res.Body) // it explains the refusal, as far as it can be read
			return fmt.Errorf("%w: %s", err, body)
		}
		return err
	}
	ws.SetReadLimit(-1)
	r.ws = ws
	r.running.Go(func() {
		for {
			kind, b, err := ws.Read(r.ctx)
			if err != nil {
				r.end(engine.TransportClose)
				return
			}
			if err := r.receive(b, kind == websocket.MessageBinary); err != nil {
				r.fail(err)
				return
			}
		}
	})
	return nil
}

func (r *remote) dialPolling() error {
	payload, err := r.request(http.MethodGet, nil)
	if err != nil {
		return err
	}
	var open struct{ SID string }
	if len(payload) == 0 || payload[0] != '0' || json.Unmarshal(payload[1:], &open) != nil {
		return fmt.Errorf("the first packet is no OPEN: %.80q", payload)
	}
	r.url += "&sid=" + url.QueryEscape(open.SID)
	r.running.Go(func() {
		for {
			payload, err := r.request(http.MethodGet, nil)
			if err != nil {
				r.end(engine.TransportClose)
				return
			}
			for part := range bytes.SplitSeq(payload, []byte{0x1e}) {
				binary := bytes.HasPrefix(part, []byte("b"))
				if binary {
					if part, err = base64.StdEncoding.AppendDecode(nil, part[1:]); err != nil {
						r.fail(err)
						return
					}
				}
				if err := r.receive(part, binary); err != nil {
					r.fail(err)
					return
				}
			}
		}
	})
	return nil
}

// request makes a polling request and returns the answer's body.
func (r *remote) request(method string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(r.ctx, method, r.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = r.header.Clone()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	payload, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, payload)
	}
	return payload, err
}

// errClosedByServer ends the reader after a close packet.
var errClosedByServer = errors.New("closed by the server")

// receive takes an Engine.IO packet.
func (r *remote) receive(b []byte, binary bool) error {
	if binary {
		if r.missing == 0 {
			return errors.New("a binary message nobody waits for")
		}
		r.partial.Attachments = append(r.partial.Attachments, b)
		if r.missing--; r.missing == 0 {
			r.deliver(r.partial)
		}
		return nil
	}
	if len(b) == 0 {
		return errors.New("an empty message")
	}
	switch b[0] {
	case '1':
		return errClosedByServer
	case '2':
		return r.write([][]byte{[]byte("3")})
	case '4':
		p, attachments, err := decodePacket(b[1:])
		if err != nil {
			return err
		}
		if attachments == 0 {
			r.deliver(p)
			return nil
		}
		r.partial, r.missing = p, attachments
	}
	return nil
}

func (r *remote) deliver(p engine.Packet) {
	if p.Namespace != r.namespace {
		return
	}
	switch p.Type {
	case engine.Connect:
		var answer struct{ SID string }
		_ = json.Unmarshal(p.Args.Raw, &answer) // without a sid the client waits in vain, and says so
		r.client.onConnect(answer.SID)
	case engine.ConnectError:
		var refusal struct {
			Message string
			Data    json.RawMessage
		}
		if err := json.Unmarshal(p.Args.Raw, &refusal); err != nil {
			refusal.Message = err.Error()
		}
		r.client.onRefused(&ConnectError{Message: refusal.Message, Data: refusal.Data})
	case engine.Disconnect:
		r.client.onDisconnect("io server disconnect")
	default:
		r.client.onPacket(p)
	}
}

func (r *remote) send(p engine.Packet) error {
	return r.write(append([][]byte{append([]byte("4"), encodePacket(p)...)}, p.Attachments...))
}

// write sends a text message and the binary ones that follow it.
func (r *remote) write(messages [][]byte) error {
	r.sending.Lock()
	defer r.sending.Unlock()
	if r.ws == nil {
		payload := messages[0]
		for _, m := range messages[1:] {
			payload = append(payload, 0x1e, 'b')
			payload = base64.StdEncoding.AppendEncode(payload, m)
		}
		_, err := r.request(http.MethodPost, payload)
		return err
	}
	kind := websocket.MessageText
	for _, m := range messages {
		if err := r.ws.Write(r.ctx, kind, m); err != nil {
			return err
		}
		kind = websocket.MessageBinary
	}
	return nil
}

// fail ends the session because of what the server sent.
func (r *remote) fail(err error) {
	if !errors.Is(err, errClosedByServer) && r.ctx.Err() == nil {
		r.client.tb.Errorf("gatewaytest: the server sent what is no packet: %v", err)
	}
	r.end(engine.TransportClose)
}

// end notes that the session is over.
func (r *remote) end(seen engine.Reason) {
	r.cancel()
	if r.ws != nil {
		_ = r.ws.CloseNow() // it may be closed
	}
	r.client.onDisconnect(seen)
}

func (r *remote) leave() {
	_ = r.send(engine.Packet{Type: engine.Disconnect, Namespace: r.namespace}) // fails only if it has ended
	r.client.onDisconnect("io client disconnect")
}

func (r *remote) drop() {
	if r.ws == nil && r.ctx.Err() == nil {
		_ = r.write([][]byte{[]byte("1")}) // as a page that is closed does
	}
	r.end(engine.TransportClose)
}
