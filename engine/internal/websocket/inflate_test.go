package websocket

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestInflatedMessages(t *testing.T) {
	var final bytes.Buffer
	w, err := flate.NewWriter(&final, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, "ends in a final block")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("abc", 30_000)
	for _, tc := range []struct {
		name  string
		sent  []byte
		limit int64
		want  string
		code  uint16 // 0 when the message is fine
	}{
		{"as long as may be", deflated(t, []byte(long)), int64(len(long)), long, 0},
		{"a byte too long", deflated(t, []byte(long)), int64(len(long) - 1), "", MessageTooBig},
		{"final block", final.Bytes(), 1000, "ends in a final block", 0},
		{"not even the empty block", nil, 1000, "", InvalidData},
		{"the empty block", []byte{0}, 1000, "", 0},
		{"cut short", deflated(t, []byte(long))[:20], 1 << 20, "", InvalidData},
		{"after all these", deflated(t, []byte("short")), 1000, "short", 0},
	} {
		got, err := inflate(tc.sent, tc.limit)
		var closed *CloseError
		switch {
		case tc.code != 0:
			if !errors.As(err, &closed) || closed.Code != tc.code {
				t.Errorf("%s: %v", tc.name, err)
			}
		case err != nil || string(got) != tc.want || cap(got) > len(got)+len(got)/8+8:
			t.Errorf("%s: %d bytes in %d, %v", tc.name, len(got), cap(got), err)
		}
	}
}
