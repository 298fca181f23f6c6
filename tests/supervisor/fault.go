package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// fault is what happens to some of the calls. Empty lists fit every call.
type fault struct {
	Verbs      []string `json:"verbs"` // "write": all that change anything
	Resources  []string `json:"resources"`
	Namespaces []string `json:"namespaces"`
	Skip       int      `json:"skip"`  // so many calls pass first
	Times      int      `json:"times"` // then so many suffer; 0: all
	Do         string   `json:"do"`
	Code       int      `json:"code"`
	RetryAfter int      `json:"retryAfter"` // seconds
	Millis     int      `json:"millis"`

	passed, suffered int
}

// What a fault does.
const (
	doCut       = "cut"        // drops the connection; the API server hears nothing
	doAnswer    = "answer"     // answers with Code; the API server hears nothing
	doDelay     = "delay"      // forwards after Millis
	doHold      = "hold"       // forwards when the faults are replaced
	doLose      = "lose"       // forwards, and drops the answer
	doKill      = "kill"       // forwards, and kills the controller instead of answering
	doKillFirst = "kill-first" // kills the controller; the API server hears nothing
	doExpire    = "expire"     // answers a watch with the event that says 410 Gone
	doEnd       = "end"        // forwards, and drops the connection after Millis
	doReplay    = "replay"     // answers a list with the first answer that the path ever had
)

// suits tells whether this call is one that suffers, and counts it.
func (f *fault) suits(c call) bool {
	fits := func(list []string, value string) bool {
		return len(list) == 0 || slices.Contains(list, value)
	}
	isWrite := slices.Contains(f.Verbs, "write") && c.writes()
	if !isWrite && !fits(f.Verbs, c.Verb) || !fits(f.Resources, c.Resource) || !fits(f.Namespaces, c.Namespace) {
		return false
	}
	if f.passed < f.Skip {
		f.passed++
		return false
	}
	if f.Times > 0 && f.suffered >= f.Times {
		return false
	}
	f.suffered++
	return true
}

// failure is the body of an answer as the API server would write it.
func failure(code int) []byte {
	reasons := map[int]string{
		http.StatusUnauthorized:        "Unauthorized",
		http.StatusConflict:            "Conflict",
		http.StatusGone:                "Expired",
		http.StatusTooManyRequests:     "TooManyRequests",
		http.StatusInternalServerError: "InternalError",
		http.StatusServiceUnavailable:  "ServiceUnavailable",
		http.StatusGatewayTimeout:      "Timeout",
	}
	body, _ := json.Marshal(map[string]any{
		"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Failure",
		"reason": reasons[code], "code": code, "message": fmt.Sprintf("%d by the tests' proxy", code),
	})
	return body
}

func (f *fault) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if f.Do == doExpire {
		body, _ := json.Marshal(map[string]any{
			"type": "ERROR", "object": json.RawMessage(failure(http.StatusGone)),
		})
		w.Write(append(body, '\n'))
		return
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(f.RetryAfter))
	}
	w.WriteHeader(f.Code)
	w.Write(failure(f.Code))
}
