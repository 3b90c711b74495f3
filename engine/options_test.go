package engine

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestInvalidOptions(t *testing.T) {
	for want, o := range map[string]Options{
		"PingInterval is -1s":           {PingInterval: -time.Second},
		"PingTimeout is 1µs":            {PingTimeout: time.Microsecond},
		"MaxPayload is -1":              {MaxPayload: -1},
		"MaxDepth is 100000":            {MaxDepth: 100000},
		"Transports is empty":           {Transports: []string{}},
		`Transports has "carrier"`:      {Transports: []string{"carrier"}},
		`Origins has "example.com"`:     {Origins: []string{"example.com"}},
		`Origins has "https://a.com/"`:  {Origins: []string{"https://a.com/"}},
		`Origins has "*" with`:          {Origins: []string{"*"}, AllowCredentials: true},
		"PerMessageDeflate.Level is 10": {PerMessageDeflate: &Compression{Level: 10}},
		"HTTPCompression.Threshold":     {HTTPCompression: Compression{Threshold: -1}},
		"Cookie:":                       {Cookie: &http.Cookie{Name: "a b"}},
	} {
		err := New(o).Start(newTestHost())
		if err == nil || !strings.HasPrefix(err.Error(), "engine: invalid options: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	s := New(Options{})
	if err := s.Start(nil); err == nil {
		t.Error("started without a host")
	}
	if err := s.Start(newTestHost()); err != nil {
		t.Error(err)
	}
	if err := s.Start(newTestHost()); err == nil {
		t.Error("started twice")
	}
}
