package main

// A peer is a server that is measured. How it talks to the load is in README.md.
type peer struct {
	name    string   // as in -only
	title   string   // as in the table
	command []string // what starts it; "{bin}" is where the Go programs are
}

// yardstick is the peer that the others are compared with.
const yardstick = "gws"

// peers are all, in the order of the table.
var peers = []peer{
	{name: yardstick, title: "yardstick: bare lxzan/gws", command: []string{"{bin}/gws"}},
	{name: "rookery", title: "Rookery", command: []string{"{bin}/rookery"}},
	{name: "node", title: "Node socket.io", command: []string{"node", "peers/node/server.js"}},
}
