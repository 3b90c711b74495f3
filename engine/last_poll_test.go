package engine

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// nosyWriter polls once more when it is written to.
type nosyWriter struct {
	*httptest.ResponseRecorder
	again func() string
	saw   string
}

func (w *nosyWriter) Write(b []byte) (int, error) {
	w.saw = w.again()
	return w.ResponseRecorder.Write(b)
}

// Whoever has been told that the session is closed finds it closed.
func TestNoPollBehindTheLast(t *testing.T) {
	s := serve(t, Options{}, nil)
	query := s.pollSession(true)
	s.do(http.MethodPost, query, "a bad packet")
	request := httptest.NewRequest(http.MethodGet, "/socket.io/?"+query, http.NoBody)
	w := &nosyWriter{ResponseRecorder: httptest.NewRecorder(), again: func() string {
		second := httptest.NewRecorder()
		s.ServeHTTP(second, request.Clone(t.Context()))
		return second.Body.String()
	}}
	s.ServeHTTP(w, request)
	if w.Body.String() != "1" {
		t.Errorf("the last poll is answered %q", w.Body)
	}
	if want := `{"code":1,"message":"Session ID unknown"}`; w.saw != want {
		t.Errorf("a poll behind it is answered %q, not %s", w.saw, want)
	}
}
