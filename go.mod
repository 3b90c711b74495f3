module github.com/rookery-go/rookery

go 1.25.0

require go.uber.org/goleak v1.3.0

require github.com/coder/websocket v1.8.15
