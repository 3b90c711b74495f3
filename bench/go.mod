module github.com/rookery-go/rookery/bench

go 1.25.0

require (
	github.com/lxzan/gws v1.8.9
	github.com/rookery-go/rookery v0.0.0
	go.uber.org/goleak v1.3.0
	golang.org/x/sys v0.47.0
)

require (
	github.com/dolthub/maphash v0.1.0 // indirect
	github.com/klauspost/compress v1.17.9 // indirect
)

replace github.com/rookery-go/rookery => ..
