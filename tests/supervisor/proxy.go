package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"
	"time"
)

// proxy stands between a controller and the API server. It keeps a journal of every call, and
// makes faults.
type proxy struct {
	address  string
	identity *identity
	server   *http.Server
	reverse  *httputil.ReverseProxy
	kill     func()
	bodies   *os.File // all that is said, but what is said of Secrets

	mutex       sync.Mutex
	listener    net.Listener
	connections map[net.Conn]bool
	faults      []*fault
	replaced    chan struct{} // closed when the faults are
	journal     []*entry
	lists       map[string][]byte
}

// entry is one call and what became of it.
type entry struct {
	call
	Query   string          `json:"query"`
	Fault   string          `json:"fault"` // what was done to it, if anything
	Code    int             `json:"code"`  // the API server's answer; 0 if there was none
	Body    json.RawMessage `json:"body"`  // what was to be written; not of Secrets
	Refusal json.RawMessage `json:"refusal"`
	Millis  int64           `json:"millis"` // when it came, since 1970

	path string
}

type entryKey struct{}

func newProxy(upstream, certificate, bodies string, kill func()) (*proxy, error) {
	target, err := url.Parse(upstream)
	if err != nil {
		return nil, err
	}
	transport, err := trusting(certificate)
	if err != nil {
		return nil, err
	}
	p := &proxy{
		kill:        kill,
		connections: map[net.Conn]bool{},
		replaced:    make(chan struct{}),
		lists:       map[string][]byte{},
	}
	if p.identity, err = newIdentity(); err != nil {
		return nil, err
	}
	if p.bodies, err = os.Create(bodies); err != nil {
		return nil, err
	}
	quiet := log.New(io.Discard, "", 0)
	p.reverse = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = target.Host
			r.Out.Header.Del("Accept-Encoding") // the journal is to be read
		},
		Transport:      transport,
		FlushInterval:  -1, // watches
		ErrorLog:       quiet,
		ModifyResponse: p.answered,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	p.server = &http.Server{Handler: p, TLSConfig: p.identity.config(), ErrorLog: quiet, ConnState: p.follow}
	return p, p.listen()
}

func (p *proxy) listen() error {
	address := p.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	p.listener, p.address = listener, listener.Addr().String()
	go p.server.ServeTLS(listener, "", "")
	return nil
}

// cut drops all connections, as a network that is gone does.
func (p *proxy) cut() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for connection := range p.connections {
		connection.Close()
	}
}

func (p *proxy) follow(connection net.Conn, state http.ConnState) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch state {
	case http.StateNew:
		p.connections[connection] = true
	case http.StateClosed, http.StateHijacked:
		delete(p.connections, connection)
	}
}

func (p *proxy) setFaults(faults []*fault) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.faults = faults
	close(p.replaced)
	p.replaced = make(chan struct{})
}

// note begins an entry, and says which fault the call suffers.
func (p *proxy) note(c call, request *http.Request, body []byte) (*entry, *fault, <-chan struct{}) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	e := &entry{call: c, path: request.URL.Path, Query: request.URL.RawQuery, Millis: time.Now().UnixMilli()}
	if c.writes() && c.Resource != "secrets" {
		e.Body = asJSON(body)
	}
	p.journal = append(p.journal, e)
	for _, f := range p.faults {
		if f.suits(c) {
			e.Fault = f.Do
			return e, f, p.replaced
		}
	}
	return e, nil, nil
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	c := callOf(request, body)
	e, f, replaced := p.note(c, request, body)
	if c.Resource != "secrets" {
		p.overhear(body)
	}
	if f != nil {
		switch f.Do {
		case doCut:
			panic(http.ErrAbortHandler)
		case doKillFirst:
			p.kill()
			panic(http.ErrAbortHandler)
		case doAnswer, doExpire:
			f.write(w)
			return
		case doReplay:
			p.mutex.Lock()
			list := p.lists[request.URL.Path]
			p.mutex.Unlock()
			w.Header().Set("Content-Type", "application/json")
			w.Write(list)
			return
		case doDelay:
			select {
			case <-time.After(time.Duration(f.Millis) * time.Millisecond):
			case <-request.Context().Done():
				panic(http.ErrAbortHandler)
			}
		case doHold:
			select {
			case <-replaced:
			case <-request.Context().Done():
				panic(http.ErrAbortHandler)
			}
		case doEnd:
			ending, cancel := context.WithTimeout(request.Context(), time.Duration(f.Millis)*time.Millisecond)
			defer cancel()
			request = request.WithContext(ending)
		}
	}
	p.reverse.ServeHTTP(w, request.WithContext(context.WithValue(request.Context(), entryKey{}, e)))
}

// answered sees the API server's answer before the controller does.
func (p *proxy) answered(response *http.Response) error {
	e := response.Request.Context().Value(entryKey{}).(*entry)
	if e.Verb == "watch" && response.StatusCode == http.StatusOK {
		p.finish(e, response.StatusCode, nil)
		response.Body = overheard{io.TeeReader(response.Body, writer(p.overhear)), response.Body}
		return nil
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if e.Resource != "secrets" || response.StatusCode >= 400 {
		p.overhear(body)
	}
	p.finish(e, response.StatusCode, body)
	switch e.Fault {
	case doKill:
		p.kill()
		return errors.New("killed")
	case doLose:
		return errors.New("lost")
	}
	return nil
}

func (p *proxy) finish(e *entry, code int, body []byte) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	e.Code = code
	if code >= 400 {
		e.Refusal = asJSON(body)
	}
	if _, known := p.lists[e.path]; e.Verb == "list" && code == http.StatusOK && !known {
		p.lists[e.path] = body
	}
}

// entries are those of the journal from a number on, as they are at this moment.
func (p *proxy) entries(since int) []entry {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	found := []entry{}
	for _, e := range p.journal[min(since, len(p.journal)):] {
		found = append(found, *e)
	}
	return found
}

func (p *proxy) overhear(body []byte) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.bodies.Write(append(bytes.TrimSpace(body), '\n'))
}

type writer func([]byte)

func (w writer) Write(bytes []byte) (int, error) {
	w(bytes)
	return len(bytes), nil
}

type overheard struct {
	io.Reader
	io.Closer
}
