package engine

import (
	"errors"
	"io"
	"iter"
	"net/http"
	"strconv"
	"time"
)

// poll is a GET that waits for something to send.
type poll struct {
	wake chan struct{} // holds one
	last byte          // the type of a packet to end the payload with, or 0
}

// upgradePoll is how long a poll is held while its client upgrades: the client
// waits for it, to go over (Node checks as often).
const upgradePoll = 100 * time.Millisecond

// wakePoll has the waiting poll answered. mu is held.
func (s *session) wakePoll() {
	select {
	case s.poll.wake <- struct{}{}:
	default:
	}
}

// servePoll answers a GET, as soon as there is something to send. The goroutine
// of the request alone touches its ResponseWriter.
func (s *session) servePoll(q *request) {
	response := http.NewResponseController(q.w)
	// A poll may wait longer than http.Server's ReadTimeout has it. Where there are
	// no deadlines there is nothing to lift.
	_ = response.SetReadDeadline(time.Time{})

	s.mu.Lock()
	switch {
	case s.state == stateClosed:
		s.mu.Unlock()
		q.refuse(CodeUnknownSession, "", q.sid)
		return
	case s.ws != nil:
		s.mu.Unlock()
		q.refuse(CodeBadRequest, "", "TRANSPORT_MISMATCH")
		return
	case s.poll != nil:
		s.end(TransportError, cut)
		s.mu.Unlock()
		q.w.WriteHeader(http.StatusBadRequest)
		return
	}
	p := &poll{wake: make(chan struct{}, 1)}
	s.poll = p
	if s.state == stateClosing && len(s.queue) == 0 {
		p.last = closeType
	}
	for len(s.queue) == 0 && p.last == 0 {
		var tick <-chan time.Time
		var timer *time.Timer
		if s.probed {
			timer = time.NewTimer(upgradePoll)
			tick = timer.C
		}
		s.mu.Unlock()
		aborted := false
		select {
		case <-p.wake:
		case <-tick:
			s.mu.Lock()
			if p.last == 0 {
				p.last = noopType
			}
			s.mu.Unlock()
		case <-q.r.Context().Done():
			aborted = true
		}
		if timer != nil {
			timer.Stop()
		}
		s.mu.Lock()
		if aborted {
			s.pollFailed(p)
			s.mu.Unlock()
			return
		}
	}
	batch, last := s.takeForPoll(p)
	if last != 0 && s.ws == nil && s.state == stateClosing {
		// A client that has read the end finds no session any more, but Shutdown
		// waits until it can have read it.
		s.srv.running.Add(1)
		defer s.srv.running.Done()
		s.finish()
	}
	s.mu.Unlock()

	var err error
	if !s.srv.guard("Headers", func() { err = s.respondPoll(q, response, batch, last) }) {
		err = errHookPanicked // and what was to be sent is lost
	}
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.end(TransportError, gone)
	}
}

var errHookPanicked = errors.New("engine: the Headers hook panicked")

// pollFailed notes that the client has hung up on its poll. mu is held.
func (s *session) pollFailed(p *poll) {
	if s.poll == p {
		s.poll = nil
	}
	if s.state == stateClosing {
		s.finish()
		return
	}
	s.end(TransportError, gone)
}

// takeForPoll takes what the poll is answered with; the poll is over then. mu is
// held.
func (s *session) takeForPoll(p *poll) (batch []outgoing, last byte) {
	batch, last = s.queue, p.last
	if s.ws != nil {
		batch = nil // it goes over the WebSocket
	} else {
		s.drop()
	}
	if s.poll == p {
		s.poll = nil
	}
	return batch, last
}

// respondPoll writes the payload made of batch and, where last is not 0, a packet
// of that type.
func (s *session) respondPoll(q *request, response *http.ResponseController, batch []outgoing, last byte) error {
	if last != 0 {
		batch = append(batch, outgoing{text: []byte{last}, plain: true})
	}
	body, binary, compress := s.payload(batch)
	h := q.w.Header()
	if q.sid != "" {
		q.setHeaders("") // else they are set already
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	switch jsonp, wanted := jsonpIndex(q); {
	case wanted && !binary:
		body = jsonpBody(jsonp, body)
	case binary:
		h.Set("Content-Type", "application/octet-stream")
	}
	if compress && !s.srv.options.NoHTTPCompression && len(body) >= s.srv.options.HTTPCompression.Threshold {
		body = compressBody(h, q.r, body, s.srv.options.HTTPCompression.Level)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))

	// A client that does not read shall not hold the goroutine. Where there are no
	// deadlines, the server's own must do.
	_ = response.SetWriteDeadline(time.Now().Add(s.srv.options.PingInterval + s.srv.options.PingTimeout))
	if _, err := q.w.Write(body); err != nil {
		return err
	}
	if err := response.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	_ = response.SetWriteDeadline(time.Time{})
	return nil
}

// payload encodes a batch; compress tells whether one of its packets wants it.
func (s *session) payload(batch []outgoing) (body []byte, binary, compress bool) {
	size := 0
	for i := range batch {
		o := &batch[i]
		compress = compress || !o.plain
		if o.frame != nil {
			size += o.frame.pollingLen() + 12
			binary = binary || s.v3 && !s.base64 && o.frame.binary()
		} else {
			size += len(o.text) + 12
		}
	}
	body = make([]byte, 0, size)
	for i := range batch {
		o := &batch[i]
		switch {
		case s.v3 && o.frame != nil:
			body = o.frame.appendPollingV3(body, binary)
		case s.v3 && binary:
			body = appendTextV3Binary(body, o.text)
		case s.v3:
			body = appendTextV3(body, o.text)
		default:
			if len(body) > 0 {
				body = append(body, separator)
			}
			if o.frame != nil {
				body = o.frame.appendPolling(body)
			} else {
				body = append(body, o.text...)
			}
		}
	}
	return body, binary, compress
}

// servePost takes the packets of a POST.
func (s *session) servePost(q *request) {
	response := http.NewResponseController(q.w)
	octets := q.r.Header.Get("Content-Type") == "application/octet-stream"
	s.mu.Lock()
	switch {
	case s.state == stateClosed:
		s.mu.Unlock()
		q.refuse(CodeUnknownSession, "", q.sid)
		return
	case s.ws != nil:
		s.mu.Unlock()
		q.refuse(CodeBadRequest, "", "TRANSPORT_MISMATCH")
		return
	case s.posting, octets && !s.v3:
		s.end(TransportError, cut)
		s.mu.Unlock()
		q.close(http.StatusBadRequest)
		return
	}
	s.posting = true
	s.mu.Unlock()

	status := s.takePost(q, response, octets)
	s.mu.Lock()
	s.posting = false
	s.mu.Unlock()
	if status != http.StatusOK {
		q.close(status)
		return
	}
	q.setHeaders("")
	q.w.Header().Set("Cache-Control", "no-store")
	q.w.Header().Set("Content-Type", "text/html")
	q.respond(http.StatusOK, []byte("ok"))
}

// pausePost holds up the packets of a POST while a connection is paused: a body may
// hold many thousands. in is held, but for the time of waiting.
func (s *session) pausePost(q *request) {
	s.mu.Lock()
	paused := s.resumed != nil
	s.mu.Unlock()
	if paused {
		s.leaveIn()
		s.waitResumed(q.r.Context().Done())
		s.in.Lock()
	}
}

// close answers without a body and, over HTTP/1, has the connection closed: what
// the client still sends is not for us to read.
func (q *request) close(status int) {
	if q.r.ProtoMajor == 1 {
		q.w.Header().Set("Connection", "close")
	}
	q.w.WriteHeader(status)
}

// takePost reads and handles the packets of a POST, and returns the status to
// answer with.
func (s *session) takePost(q *request, response *http.ResponseController, octets bool) int {
	limit := int64(s.srv.options.MaxPayload)
	if q.r.ContentLength > limit {
		return http.StatusRequestEntityTooLarge
	}
	s.waitResumed(q.r.Context().Done())
	// A body that trickles shall not hold the goroutine. A session that ends
	// meanwhile moves the deadline to now.
	s.mu.Lock()
	if s.state == stateOpen {
		s.body = response
		_ = response.SetReadDeadline(time.Now().Add(s.srv.options.PingInterval + s.srv.options.PingTimeout))
	}
	s.mu.Unlock()
	body, err := readBody(q.r, limit)
	s.mu.Lock()
	s.body = nil
	s.mu.Unlock()
	switch {
	case errors.Is(err, errBodyTooBig):
		return http.StatusRequestEntityTooLarge
	case err != nil:
		s.mu.Lock()
		s.end(TransportError, cut)
		s.mu.Unlock()
		return http.StatusBadRequest
	}
	_ = response.SetReadDeadline(time.Time{})
	if _, wanted := jsonpIndex(q); wanted {
		if body, err = jsonpData(body); err != nil {
			return http.StatusBadRequest
		}
	}
	var packets iter.Seq2[message, error]
	switch {
	case octets:
		packets = payloadV3Binary(body)
	case s.v3:
		packets = payloadV3(body)
	default:
		packets = payloadV4(body)
	}
	s.in.Lock()
	defer s.leaveIn()
	for m, err := range packets {
		s.pausePost(q)
		if err != nil {
			s.fail(err)
			return http.StatusBadRequest
		}
		if !s.onMessage(m) {
			break
		}
	}
	return http.StatusOK
}

var errBodyTooBig = errors.New("engine: body too big")

// readBody reads a body of at most limit bytes.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	// Of what is announced no more than this is allocated in advance.
	const trusted = 64 << 10
	body := make([]byte, 0, max(512, min(r.ContentLength+1, trusted)))
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if int64(len(body)) > limit {
			return nil, errBodyTooBig
		}
		if errors.Is(err, io.EOF) {
			return body, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
