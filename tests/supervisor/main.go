// Command supervisor runs a control plane for as long as somebody holds its standard input open.
//
//	supervisor DIR
//
// DIR holds etcd, kube-apiserver and kube-controller-manager. The supervisor answers with one
// line of JSON when the API server is ready; the request "controller-manager" on a line of its
// own starts that part too and is answered the same way. When standard input ends, every process
// and every file is gone a moment later.
//
// It exists because a test process cannot clean up after its own SIGKILL, but the kernel closes
// its pipes whatever it dies of. It needs nothing beyond Go's standard library, so that it is
// built in seconds and also serves a control plane that was built elsewhere.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// The kernel sends a child's death signal when the parent's *thread* ends. The main goroutine
// starts all children, so it stays on the main thread, which ends with the process.
func init() { runtime.LockOSThread() }

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: supervisor DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "control plane: %v\n", err)
		os.Exit(1)
	}
}

// run returns when nobody wants the control plane any more, or when a part of it fails.
func run(programs string) error {
	// A reader that is gone must not end this process before it has tidied up.
	signal.Ignore(syscall.SIGPIPE)
	wanted, leave := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer leave()
	requests := make(chan string)
	go func() {
		defer leave()
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			requests <- lines.Text()
		}
	}()

	home, err := os.MkdirTemp("", "bulla-plane-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	plane := newPlane(programs, home)
	defer plane.kill()

	if err := plane.start(wanted); err != nil {
		return unless(wanted, err)
	}
	answer(plane)
	for {
		select {
		case <-wanted.Done():
			return nil
		case failed := <-plane.ended:
			return unless(wanted, failed.failure())
		case request := <-requests:
			if request != "controller-manager" {
				return fmt.Errorf("unknown request %q", request)
			}
			if err := plane.startControllerManager(wanted); err != nil {
				return unless(wanted, err)
			}
			answer(plane)
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

func answer(p *plane) {
	processes := map[string]int{}
	for _, c := range p.children {
		processes[c.name] = c.command.Process.Pid
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"home":       p.home,
		"kubeconfig": p.kubeconfig,
		"server":     p.server,
		"processes":  processes,
	})
}
