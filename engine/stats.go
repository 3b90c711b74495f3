package engine

import "sync/atomic"

// Stats is a snapshot of what a [Server] has and did.
type Stats struct {
	// Sessions are the Engine.IO sessions now, Conns their connections to
	// namespaces.
	Sessions, Conns int64
	// QueuedBytes is what waits to be sent to all clients.
	QueuedBytes int64
	// PacketsIn counts the Socket.IO packets received, PacketsOut those sent or
	// queued.
	PacketsIn, PacketsOut uint64
	// VolatileDropped counts the volatile packets that found their client busy.
	VolatileDropped uint64
	// Refused counts the requests refused.
	Refused uint64
	// Closed counts the sessions that ended, by reason.
	Closed map[Reason]uint64
}

// closeReasons are those for which sessions end; others count as [ForcedClose].
var closeReasons = [...]Reason{TransportClose, TransportError, PingTimeout, ParseError, ServerNamespaceDisconnect,
	ServerShuttingDown, ForcedClose, ForcedServerClose, SlowConsumer}

type counters struct {
	sessions, conns, queued, unjoined             atomic.Int64
	packetsIn, packetsOut, volatileDrops, refused atomic.Uint64
	closed                                        [len(closeReasons)]atomic.Uint64
}

func (c *counters) countClose(why Reason) {
	for i, r := range closeReasons {
		if r == why {
			c.closed[i].Add(1)
			return
		}
	}
	c.countClose(ForcedClose)
}

// Stats returns the numbers of now. It is cheap.
func (s *Server) Stats() Stats {
	c := &s.counters
	st := Stats{
		Sessions: c.sessions.Load(), Conns: c.conns.Load(), QueuedBytes: c.queued.Load(),
		PacketsIn: c.packetsIn.Load(), PacketsOut: c.packetsOut.Load(),
		VolatileDropped: c.volatileDrops.Load(), Refused: c.refused.Load(),
		Closed: make(map[Reason]uint64, len(closeReasons)),
	}
	for i, r := range closeReasons {
		st.Closed[r] = c.closed[i].Load()
	}
	return st
}
