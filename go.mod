module github.com/rookery-go/rookery

go 1.25.0

require go.uber.org/goleak v1.3.0

require (
	github.com/coder/websocket v1.8.15
	github.com/go-playground/locales v0.14.2
	github.com/go-playground/universal-translator v0.18.1
	github.com/go-playground/validator/v10 v10.30.1
)

require (
	github.com/gabriel-vasile/mimetype v1.4.16 // indirect
	github.com/leodido/go-urn v1.5.0 // indirect
	golang.org/x/crypto v0.55.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.41.0 // indirect
)
