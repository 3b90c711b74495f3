package main

import (
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"

	"github.com/rookery-go/rookery/gateway"
)

const page = "A page of the program's own.\n"

func netHTTP(srv *gateway.Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", srv)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page) })
	return mux
}

func onChi(srv *gateway.Server) http.Handler {
	r := chi.NewRouter()
	r.Handle("/socket.io/*", srv)
	r.Get("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page) })
	return r
}

func onGin(srv *gateway.Server) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Any("/socket.io/*rest", gin.WrapH(srv))
	r.GET("/", func(c *gin.Context) { c.String(http.StatusOK, page) })
	return r
}

func onEcho(srv *gateway.Server) http.Handler {
	e := echo.New()
	e.Any("/socket.io/*", echo.WrapHandler(srv))
	e.GET("/", func(c echo.Context) error { return c.String(http.StatusOK, page) })
	return e
}
