package pipe

import (
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"
)

// describe says what a field fails to be, in the words that users of class-validator know.
func describe(f validator.FieldError) string {
	switch f.Tag() {
	case "required", "required_if", "required_unless", "required_with", "required_with_all", "required_without", "required_without_all":
		return "should not be empty"
	case "min", "gte":
		return bound(f, "must not be less than ", "must be longer than or equal to ", "must contain at least ")
	case "max", "lte":
		return bound(f, "must not be greater than ", "must be shorter than or equal to ", "must contain no more than ")
	case "gt":
		return bound(f, "must be greater than ", "must be longer than ", "must contain more than ")
	case "lt":
		return bound(f, "must be less than ", "must be shorter than ", "must contain less than ")
	case "len":
		return bound(f, "must be ", "must be of exactly ", "must contain exactly ")
	case "eq":
		return "must be " + f.Param()
	case "ne":
		return "must not be " + f.Param()
	case "oneof", "oneofci":
		return "must be one of the following values: " + strings.Join(strings.Fields(f.Param()), ", ")
	case "unique":
		return "must have elements that differ"
	case "email":
		return "must be an email"
	case "url", "http_url":
		return "must be a URL address"
	case "uri":
		return "must be a URI"
	case "uuid":
		return "must be a UUID"
	case "uuid3", "uuid4", "uuid5":
		return "must be a UUID of version " + strings.TrimPrefix(f.Tag(), "uuid")
	case "alpha":
		return "must contain only letters (a-zA-Z)"
	case "alphanum":
		return "must contain only letters and numbers"
	case "numeric", "number":
		return "must be a number string"
	case "boolean":
		return "must be a boolean string"
	case "ascii":
		return "must contain only ASCII characters"
	case "base64":
		return "must be base64 encoded"
	case "hexadecimal":
		return "must be a hexadecimal number"
	case "hexcolor":
		return "must be a hexadecimal color"
	case "ip", "ip_addr":
		return "must be an ip address"
	case "json":
		return "must be a json string"
	case "lowercase":
		return "must be a lowercase string"
	case "uppercase":
		return "must be uppercase"
	case "contains":
		return "must contain " + f.Param()
	case "startswith":
		return "must start with " + f.Param()
	case "endswith":
		return "must end with " + f.Param()
	}
	rule := f.Tag()
	if f.Param() != "" {
		rule += "=" + f.Param()
	}
	return "must satisfy the rule " + rule
}

// bound words a limit of a number, of the characters of a string, or of the elements of
// the rest.
func bound(f validator.FieldError, number, text, list string) string {
	switch f.Kind() {
	case reflect.String:
		return text + f.Param() + " characters"
	case reflect.Slice, reflect.Array, reflect.Map:
		return list + f.Param() + " elements"
	}
	return number + f.Param()
}
