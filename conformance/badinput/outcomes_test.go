package badinput

// What many cases come to.
const (
	// lives: nothing comes of it.
	lives = `session: lives`

	// The session ends, over WebSocket.
	forcedClose = `
		ws: close without a code
		ws: closed
		server: forced close`
	parseError = `
		ws: close without a code
		ws: closed
		server: parse error`
	transportError = `
		ws: close without a code
		ws: closed
		server: transport error`
	pingTimeout = `
		ws: 2
		ws: close without a code
		ws: closed
		server: ping timeout`
	// ended: it ends, and why is for the server's log.
	ended = `
		ws: close without a code
		ws: closed`
	forcedServerClose = `
		ws: close without a code
		ws: closed
		server: forced server close`

	// The WebSocket's close frame says why.
	protocolError = `
		ws: close 1002
		ws: closed
		server: transport error`
	notUTF8 = `
		ws: close 1007
		ws: closed
		server: transport error`
	tooLarge = `
		ws: close 1009
		ws: closed
		server: transport error`

	// The WebSocket that was to take over is closed, the session goes on.
	upgradeRefused = `
		ws: close without a code
		ws: closed
		session: lives`

	// The session ends, over long-polling.
	pollParseError = `
		post: 200 ok
		poll: 200 1
		session: 400 {"code":1,"message":"Session ID unknown"}
		server: parse error`
	pollForcedClose = `
		post: 200 ok
		poll: 200 1
		session: 400 {"code":1,"message":"Session ID unknown"}
		server: forced close`
	pollReset = `
		server: transport error
		session: 400 {"code":1,"message":"Session ID unknown"}`
	closed3 = `
		post: 200 ok
		session: 400 {"code":1,"message":"Session ID unknown"}`

	closePending3 = `
		post: 400
		session: 200 1:1`
	pollRefused = `
		post: 400
		poll: 200 1
		session: 400 {"code":1,"message":"Session ID unknown"}
		server: parse error`

	// The request is refused.
	unknownTransport    = `http: 400 {"code":0,"message":"Transport unknown"}`
	unknownSession      = `http: 400 {"code":1,"message":"Session ID unknown"}`
	badMethod           = `http: 400 {"code":2,"message":"Bad handshake method"}`
	unsupportedRevision = `http: 400 {"code":5,"message":"Unsupported protocol version"}`
	badHTTP             = `
		http: 400
		http: closed`

	// The session ends, for one of several reasons.
	over = `server: the session is over`

	// The transport goes away.
	transportClose = `server: transport close`
)

// Why Rookery differs, where it does so in many cases for one reason.
const (
	tellsReason = `Node closes the transport first and so finds "forced close" for a reason; ` +
		`the application learns here what the client did`
	refusesPost = `the POST that carries the bad payload is refused itself; the session ends either way`
	wantsDigits = `what JavaScript takes for a number is not enough; the protocol has decimal digits`
	wantsUint64 = `ids are exact, and of 64 bits at most; Node rounds them`
	limitsDepth = `JSON nests 128 levels at most, so that no handler's decoder has to follow it`
	closeWaits3 = `the POST is refused, and the close packet waits for the next poll`
	netHTTP     = `net/http has a status of its own for that`
)
