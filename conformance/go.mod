module github.com/rookery-go/rookery/conformance

go 1.25.0

replace github.com/rookery-go/rookery => ..
