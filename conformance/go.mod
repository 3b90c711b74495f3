module github.com/rookery-go/rookery/conformance

go 1.25.0

replace github.com/rookery-go/rookery => ..

require (
	github.com/rookery-go/rookery v0.0.0-00010101000000-000000000000
	go.uber.org/goleak v1.3.0
)
