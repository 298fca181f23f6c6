// Command supervisor runs a control plane for as long as somebody holds its standard input open.
//
//	supervisor DIR
//
// DIR holds etcd, kube-apiserver and kube-controller-manager. The supervisor answers with one
// line of JSON when the API server is ready; the request "controller-manager" on a line of its
// own starts that part too and is answered the same way. A request in JSON goes to the API server
// on the administrator's behalf: see client.go. When standard input ends, every process and every
// file is gone a moment later.
//
//	supervisor controller SERVER CERTIFICATE
//
// does the same for a controller, whose only way to the API server leads through a proxy that
// makes faults on request: see controller.go.
//
// It exists because a test process cannot clean up after its own SIGKILL, but the kernel closes
// its pipes whatever it dies of. It needs nothing beyond Go's standard library, so that it is
// built in seconds and also serves a control plane that was built elsewhere.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
)

// The kernel sends a child's death signal when the parent's *thread* ends. The main goroutine
// starts all children, so it stays on the main thread, which ends with the process.
func init() { runtime.LockOSThread() }

func main() {
	run := func(context.Context, string, <-chan string) error {
		return errors.New("usage: supervisor DIR | supervisor controller SERVER CERTIFICATE")
	}
	switch {
	case len(os.Args) == 2:
		run = func(wanted context.Context, home string, requests <-chan string) error {
			return runPlane(wanted, home, os.Args[1], requests)
		}
	case len(os.Args) == 4 && os.Args[1] == "controller":
		run = func(wanted context.Context, home string, requests <-chan string) error {
			return runController(wanted, home, os.Args[2], os.Args[3], requests)
		}
	}
	if len(os.Args) > 3 && os.Args[1] == "pod" {
		// Only controller.go asks for this, of itself.
		fmt.Fprintln(os.Stderr, enterPod(os.Args[2], os.Args[3:]))
		os.Exit(1)
	}
	if err := supervise(run); err != nil {
		fmt.Fprintf(os.Stderr, "control plane: %v\n", err)
		os.Exit(1)
	}
}

// supervise returns when nobody wants what is run any more, or when a part of it fails.
func supervise(run func(wanted context.Context, home string, requests <-chan string) error) error {
	// A reader that is gone must not end this process before it has tidied up.
	signal.Ignore(syscall.SIGPIPE)
	wanted, leave := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer leave()
	requests := make(chan string)
	go func() {
		defer leave()
		lines := bufio.NewScanner(os.Stdin)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			requests <- lines.Text()
		}
	}()

	home, err := os.MkdirTemp("", "bulla-plane-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	return unless(wanted, run(wanted, home, requests))
}

func runPlane(wanted context.Context, home, programs string, requests <-chan string) error {
	plane := newPlane(programs, home)
	defer plane.kill()
	if err := plane.start(wanted); err != nil {
		return err
	}
	answer(plane.state())
	for {
		select {
		case <-wanted.Done():
			return nil
		case failed := <-plane.ended:
			return failed.failure()
		case request := <-requests:
			switch {
			case strings.HasPrefix(request, "{"):
				answer(plane.admin.do(request))
			case request == "controller-manager":
				if err := plane.startControllerManager(wanted); err != nil {
					return err
				}
				answer(plane.state())
			default:
				return fmt.Errorf("unknown request %q", request)
			}
		}
	}
}

// unless drops an error that only says that the control plane was stopped on purpose.
func unless(wanted context.Context, err error) error {
	if wanted.Err() != nil {
		return nil
	}
	return err
}

func answer(what any) { json.NewEncoder(os.Stdout).Encode(what) }
