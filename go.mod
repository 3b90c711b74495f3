module github.com/rookery-go/rookery

go 1.25.0
