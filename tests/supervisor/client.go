package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// client asks the API server on the administrator's behalf: a process of kubectl for each look at
// an object would be most of the tests' work.
type client struct {
	server, token string
	http          *http.Client
}

// question is a request as it comes from the tests.
type question struct {
	Method string          `json:"method"`
	Path   string          `json:"path"` // with the query
	Type   string          `json:"type"` // the body's media type
	Body   json.RawMessage `json:"body"`
}

// verdict is the API server's answer; a code of 0 stands for none.
type verdict struct {
	Code int             `json:"code"`
	Body json.RawMessage `json:"body"`
}

func newClient(server, certificate, token string) (*client, error) {
	transport, err := trusting(certificate)
	if err != nil {
		return nil, err
	}
	return &client{server, token, &http.Client{Transport: transport, Timeout: 30 * time.Second}}, nil
}

func (c *client) do(line string) verdict {
	var asked question
	if err := json.Unmarshal([]byte(line), &asked); err != nil {
		return failed(err)
	}
	request, err := http.NewRequest(asked.Method, c.server+asked.Path, bytes.NewReader(asked.Body))
	if err != nil {
		return failed(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Accept", "application/json")
	if asked.Type != "" {
		request.Header.Set("Content-Type", asked.Type)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return failed(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return failed(err)
	}
	return verdict{response.StatusCode, asJSON(body)}
}

func failed(err error) verdict { return verdict{0, asJSON([]byte(err.Error()))} }

// asJSON passes JSON on, and makes a string of anything else.
func asJSON(body []byte) json.RawMessage {
	if json.Valid(body) {
		return body
	}
	text, _ := json.Marshal(string(body))
	return text
}
