module github.com/rookery-go/rookery/examples

go 1.25.0

require (
	github.com/rookery-go/rookery v0.0.0
	go.uber.org/goleak v1.3.0
)

replace github.com/rookery-go/rookery => ..
