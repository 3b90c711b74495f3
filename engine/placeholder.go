package engine

import (
	"encoding/json"
	"strconv"
)

// badPlaceholder returns the offset of the first object in list, a well-formed
// list of JSON values separated by commas, that stands for an attachment (has
// "_placeholder":true) but whose "num" is not the index of one of n; or -1.
func badPlaceholder(list []byte, n int) int {
	for i := skipSpace(list, 0); i < len(list); {
		end, bad := checkPlaceholders(list, i, n)
		if bad >= 0 {
			return bad
		}
		i = skipSpace(list, skipSpace(list, end)+1) // behind the comma
	}
	return -1
}

// checkPlaceholders checks the value at i and returns its end. Its recursion is
// bounded by the scanner's limit of depth.
func checkPlaceholders(b []byte, i, n int) (end, bad int) {
	switch b[i] {
	case '"':
		return quoteEnd(b, i+1) + 1, -1
	case '[':
		for i = skipSpace(b, i+1); b[i] != ']'; {
			if i, bad = checkPlaceholders(b, i, n); bad >= 0 {
				return i, bad
			}
			if i = skipSpace(b, i); b[i] == ',' {
				i = skipSpace(b, i+1)
			}
		}
		return i + 1, -1
	case '{':
		return checkObject(b, i, n)
	default: // a number or a word
		for i < len(b) && b[i] != ',' && b[i] != ']' && b[i] != '}' && !isSpace(b[i]) {
			i++
		}
		return i, -1
	}
}

// checkObject checks the object at i and returns its end. Of equal keys the last
// counts, as in JavaScript.
func checkObject(b []byte, start, n int) (end, bad int) {
	placeholder, inRange := false, false
	i := skipSpace(b, start+1)
	for b[i] != '}' {
		keyEnd := quoteEnd(b, i+1) + 1
		key := b[i:keyEnd]
		i = skipSpace(b, keyEnd)  // the colon
		from := skipSpace(b, i+1) // the value
		if i, bad = checkPlaceholders(b, from, n); bad >= 0 {
			return i, bad
		}
		value := b[from:i]
		switch keyName(key) {
		case "_placeholder":
			placeholder = string(value) == "true"
		case "num":
			num, err := strconv.ParseUint(string(value), 10, 31)
			inRange = err == nil && int(num) < n
		}
		if i = skipSpace(b, i); b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
	if placeholder && !inRange {
		return i + 1, start
	}
	return i + 1, -1
}

// keyName returns the key without quotes where it may be one of a placeholder's.
func keyName(quoted []byte) string {
	switch inner := quoted[1 : len(quoted)-1]; {
	case string(inner) == "num":
		return "num"
	case string(inner) == "_placeholder":
		return "_placeholder"
	case len(inner) > 0 && hasEscape(inner):
		var name string
		if json.Unmarshal(quoted, &name) == nil {
			return name
		}
	}
	return ""
}

func hasEscape(inner []byte) bool {
	i := nextSpecial(inner, 0)
	return i < len(inner) && inner[i] == '\\'
}
