package main

import (
	"encoding/json"
	"net/http"
	"strings"
)

// call is a request in the words of the API server's authorizer.
type call struct {
	Verb      string `json:"verb"`
	Resource  string `json:"resource"` // with the subresource after a slash
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// callOf reads the path as the API server does (k8s.io/apiserver, endpoints/request/requestinfo.go).
func callOf(request *http.Request, body []byte) call {
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	switch {
	case parts[0] == "api" && len(parts) > 2:
		parts = parts[2:]
	case parts[0] == "apis" && len(parts) > 3:
		parts = parts[3:]
	default:
		return call{Verb: strings.ToLower(request.Method), Resource: request.URL.Path}
	}
	var c call
	if parts[0] == "namespaces" && len(parts) > 2 {
		c.Namespace = parts[1]
		parts = parts[2:]
	}
	c.Resource = parts[0]
	if len(parts) > 1 {
		c.Name = parts[1]
	}
	if len(parts) > 2 {
		c.Resource += "/" + parts[2]
	}
	c.Verb = verbOf(request, c.Name)
	if c.Name == "" && c.Verb == "create" {
		var object struct {
			Metadata struct{ Name string }
		}
		if json.Unmarshal(body, &object) == nil {
			c.Name = object.Metadata.Name
		}
	}
	return c
}

func verbOf(request *http.Request, name string) string {
	switch request.Method {
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		return "patch"
	case http.MethodDelete:
		return "delete"
	}
	watch := request.URL.Query().Get("watch")
	switch {
	case watch == "1" || watch == "true":
		return "watch"
	case name == "":
		return "list"
	}
	return "get"
}

// writes tells whether the call changes anything.
func (c call) writes() bool {
	switch c.Verb {
	case "get", "list", "watch":
		return false
	}
	return true
}
