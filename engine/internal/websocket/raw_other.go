//go:build !unix

package websocket

// rawIO tells whether sockets can be read and written past package net.
const rawIO = false

func (r *reader) tryRead(uintptr) bool { return true }

func (w *writer) tryWrite(uintptr) bool { return true }
