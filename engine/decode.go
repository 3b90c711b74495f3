package engine

import (
	"encoding/json"
	"fmt"
	"strings"
	"unsafe"
)

// PacketError tells why received bytes are no packet. A connection that sends
// such bytes is closed with [ParseError].
type PacketError struct {
	// Problem says what is wrong.
	Problem string
	// Offset is where, in bytes from the type digit of the Socket.IO packet or,
	// for a polling payload, from its beginning.
	Offset int
}

// Error tells problem and place, and nothing of the payload: it may be secret.
func (e *PacketError) Error() string {
	return fmt.Sprintf("engine: malformed packet: %s at byte %d", e.Problem, e.Offset)
}

// limits bound one packet.
type limits struct {
	attachments int // binary parts; 0 allows none
	depth       int // levels of arrays and objects, the array of arguments counted; at most maxDepth
}

// decoder turns the messages of one Engine.IO session into packets, after
// socket.io-parser 4.2. It is stricter than that one where JavaScript's
// conversions let nonsense through: the type, the number of attachments and the
// ack id are made of decimal digits only (a space is none, though Node reads it as
// the id 0), an ack id fits 64 bits, an event has a name, and a placeholder's num
// is a plain integer. Wrong placeholders are found before the attachments come.
// It is not safe for concurrent use.
type decoder struct {
	limits limits
	// v3 selects Socket.IO protocol 4, which socket.io-client 2 speaks over
	// Engine.IO 3: a query may follow the namespace.
	v3 bool
	// query is what followed the "?" behind the namespace of the latest packet
	// from text; v3 only. In a CONNECT packet it stands for the auth payload.
	query string

	pending Packet // waits for attachments
	missing int    // how many of them; 0 when no packet waits
}

// text decodes the payload of a text message, the Engine.IO type removed. It
// reports done = false for a packet that waits for its attachments. It takes
// b over: the packet's fields alias it, but for the namespace of a CONNECT, which
// the session outlives. Errors are of type [*PacketError].
func (d *decoder) text(b []byte) (p Packet, done bool, err error) {
	if d.missing > 0 {
		return p, false, &PacketError{"text while attachments are awaited", 0}
	}
	if len(b) == 0 {
		return p, false, &PacketError{"empty packet", 0}
	}
	binary, attachments, i := false, 0, 1
	switch c := b[0]; c {
	case '0', '1', '2', '3', '4':
		p.Type = Type(c - '0')
	case '5', '6':
		p.Type, binary = Type(c-'3'), true
		if attachments, i, err = d.attachments(b); err != nil {
			return Packet{}, false, err
		}
	default:
		return p, false, &PacketError{"unknown packet type", 0}
	}

	p.Namespace, i = d.namespace(b, i)
	if p.Type == Connect {
		p.Namespace, d.query = strings.Clone(p.Namespace), strings.Clone(d.query)
	}

	const cutoff = (1<<64 - 1) / 10
	for ; i < len(b) && isDigit(b[i]); i++ {
		digit := uint64(b[i] - '0')
		if p.ID > cutoff || p.ID == cutoff && digit > (1<<64-1)%10 {
			return Packet{}, false, &PacketError{"ack id above 64 bits", i}
		}
		p.ID, p.HasID = p.ID*10+digit, true
	}

	if err = d.payload(&p, b, i, attachments); err != nil {
		return Packet{}, false, err
	}
	if binary {
		p.Attachments = make([][]byte, 0, attachments)
		d.pending, d.missing = p, attachments
		return Packet{}, false, nil
	}
	return p, true, nil
}

// binary takes one attachment, and takes b over. It reports done = true with the
// packet when that was the last one.
func (d *decoder) binary(b []byte) (p Packet, done bool, err error) {
	if d.missing == 0 {
		return p, false, &PacketError{"binary message while no attachment is awaited", 0}
	}
	d.pending.Attachments = append(d.pending.Attachments, b)
	if d.missing--; d.missing > 0 {
		return p, false, nil
	}
	p, d.pending = d.pending, Packet{}
	return p, true, nil
}

// attachments reads the number of attachments, behind the type, and the "-" that
// ends it.
func (d *decoder) attachments(b []byte) (n, end int, err error) {
	i := 1
	for ; i < len(b) && isDigit(b[i]); i++ {
		if n = n*10 + int(b[i]-'0'); n > d.limits.attachments {
			return 0, i, &PacketError{"too many attachments", i}
		}
	}
	if n == 0 || i == len(b) || b[i] != '-' {
		return 0, i, &PacketError{"illegal number of attachments", i}
	}
	return n, i + 1, nil
}

// namespace reads the namespace at i, if there is one, and its query.
func (d *decoder) namespace(b []byte, i int) (name string, end int) {
	d.query = ""
	if i == len(b) || b[i] != '/' {
		return "/", i
	}
	end = i + 1
	for end < len(b) && b[end] != ',' {
		end++
	}
	if end-i > 1 {
		name = unsafe.String(&b[i], end-i)
	} else {
		name = "/"
	}
	if d.v3 {
		name, d.query, _ = strings.Cut(name, "?")
	}
	return name, min(end+1, len(b))
}

// payload reads the JSON behind the ack id and checks that it suits the type.
func (d *decoder) payload(p *Packet, b []byte, i, attachments int) error {
	if i == len(b) {
		if p.Type == Event {
			return &PacketError{"event without a name", i}
		}
		return nil
	}
	if p.Type == Disconnect {
		return &PacketError{"disconnect with a payload", i}
	}
	body := b[i:]
	s, problem, at := scanJSON(body, d.limits.depth)
	if problem != "" {
		return &PacketError{problem, i + at}
	}
	switch p.Type {
	case Connect, ConnectError:
		if s.kind != '{' && (p.Type == Connect || s.kind != '"') {
			return &PacketError{"payload of the wrong type", i}
		}
		p.Args = Args{Raw: body[s.start:s.end:s.end], N: 1}
		return nil
	}

	if s.kind != '[' {
		return &PacketError{"payload is no array", i}
	}
	if s.spaced { // rare enough to scan twice: no client prints JSON for people
		body = compactJSON(body[s.start:s.end])
		s, _, _ = scanJSON(body, d.limits.depth)
	}
	p.Args = Args{Raw: body[s.start+1 : s.end-1 : s.end-1], N: s.n}
	if p.Type == Event {
		if err := eventName(p, body, &s); err != nil {
			err.Offset += i
			return err
		}
	}
	if p.Args.N == 0 {
		p.Args.Raw = nil
	}
	if attachments > 0 {
		if badPlaceholder(p.Args.Raw, attachments) >= 0 {
			return &PacketError{"placeholder without its attachment in the arguments", i}
		}
	}
	return nil
}

// eventName takes the name off the arguments.
func eventName(p *Packet, body []byte, s *shape) *PacketError {
	if s.n == 0 {
		return &PacketError{"event without a name", s.start}
	}
	name := body[s.firstStart:s.firstEnd]
	switch {
	case name[0] == '-' || isDigit(name[0]):
		p.Event = unsafe.String(&name[0], len(name))
	case name[0] != '"':
		return &PacketError{"event name is neither string nor number", s.firstStart}
	case s.firstEscaped:
		var event string // not &p.Event: every packet would move to the heap
		if err := json.Unmarshal(name, &event); err != nil {
			return &PacketError{"event name is no string", s.firstStart}
		}
		p.Event = event
	case len(name) > 2:
		p.Event = unsafe.String(&name[1], len(name)-2)
	}
	if isReserved(p.Event) {
		return &PacketError{"reserved event name", s.firstStart}
	}
	p.Args.N--
	p.Args.Raw = p.Args.Raw[min(len(name)+1, len(p.Args.Raw)):]
	return nil
}

// isReserved tells whether no event may have that name, because client or server
// emit it themselves.
func isReserved(event string) bool {
	switch event {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}
