// Package badinput holds tests that talk to a Socket.IO server as no client
// should: over raw TCP sockets, with requests, frames and packets that are wrong,
// too large, too many, too slow or cut off. Each case runs against the Node.js
// server and against Rookery and says what the client sees of either; where the
// two differ, it says why.
package badinput
