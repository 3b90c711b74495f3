package gateway

// Args2 as a handler's In takes the first two arguments of an event, each decoded
// into its own type; absent ones stay zero. As the argument of an emit it is sent as
// two arguments. [Args3] and [Args4] take more.
type Args2[A, B any] struct {
	A A
	B B
}

// Args3 takes three arguments. See [Args2].
type Args3[A, B, C any] struct {
	A A
	B B
	C C
}

// Args4 takes four arguments. See [Args2].
type Args4[A, B, C, D any] struct {
	A A
	B B
	C C
	D D
}

// An argList points to a value that stands for several arguments; argValues is one.
type (
	argList   interface{ fields() []any }
	argValues interface{ values() []any }
)

func (l *Args2[A, B]) fields() []any       { return []any{&l.A, &l.B} }
func (l *Args3[A, B, C]) fields() []any    { return []any{&l.A, &l.B, &l.C} }
func (l *Args4[A, B, C, D]) fields() []any { return []any{&l.A, &l.B, &l.C, &l.D} }

func (l Args2[A, B]) values() []any       { return []any{l.A, l.B} }
func (l Args3[A, B, C]) values() []any    { return []any{l.A, l.B, l.C} }
func (l Args4[A, B, C, D]) values() []any { return []any{l.A, l.B, l.C, l.D} }
