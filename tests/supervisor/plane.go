package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Long enough for a busy machine with one core; an idle one needs three seconds.
const patience = 2 * time.Minute

// plane is one control plane. Only the main goroutine touches it.
type plane struct {
	programs   string // where the programs are
	home       string // where everything is that it writes
	server     string
	kubeconfig string
	admin      *client
	children   []*child
	ended      chan *child // a child that ended by itself
}

func newPlane(programs, home string) *plane {
	return &plane{programs: programs, home: home, ended: make(chan *child, 8)}
}

func (p *plane) path(name string) string { return filepath.Join(p.home, name) }

// start starts etcd and the API server and returns when the latter is ready.
func (p *plane) start(wanted context.Context) error {
	// Unix sockets: no port to collide on, and nobody else on this machine reads the storage.
	// etcd demands a port all the same; the part after the slashes is the file's name.
	storage, peer := "unix://storage:1", "unix://peer:1"
	if err := p.spawn("etcd",
		"--data-dir="+p.path("etcd"),
		"--listen-client-urls="+storage, "--advertise-client-urls="+storage,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=default="+peer,
		"--unsafe-no-fsync", // the data lives no longer than the tests
		"--log-level=warn",
	); err != nil {
		return err
	}
	token, err := writeCredentials(p.home)
	if err != nil {
		return err
	}
	// It writes its own certificate, which is its own authority.
	certificate := p.path("tls/apiserver.crt")
	p.server, err = p.serve(wanted, "/readyz", certificate, "kube-apiserver",
		"--etcd-servers="+storage,
		"--cert-dir="+p.path("tls"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+p.path("service-account.key"),
		"--service-account-signing-key-file="+p.path("service-account.key"),
		"--token-auth-file="+p.path("tokens.csv"),
		"--authorization-mode=RBAC",
		"--service-cluster-ip-range=10.0.0.0/24",
		"--endpoint-reconciler-type=none", // it refuses to advertise a loopback address
	)
	if err != nil {
		return err
	}
	p.kubeconfig = p.path("kubeconfig")
	if p.admin, err = newClient(p.server, certificate, token); err != nil {
		return err
	}
	return writeKubeconfig(p.kubeconfig, p.server, certificate, map[string]any{"token": token})
}

// startControllerManager does nothing the second time.
func (p *plane) startControllerManager(wanted context.Context) error {
	const name = "kube-controller-manager"
	if p.children[len(p.children)-1].name == name {
		return nil
	}
	_, err := p.serve(wanted, "/healthz", p.path("tls/"+name+".crt"), name,
		"--kubeconfig="+p.kubeconfig,
		"--cert-dir="+p.path("tls"),
		"--service-account-private-key-file="+p.path("service-account.key"),
		"--root-ca-file="+p.path("tls/apiserver.crt"),
		"--use-service-account-credentials",
		"--leader-elect=false",
	)
	return err
}

// serve starts a program on a free port of the loopback, waits until it is well, and returns its
// address.
func (p *plane) serve(wanted context.Context, health, certificate, name string, args ...string) (string, error) {
	for attempt := 1; ; attempt++ {
		port, err := freePort()
		if err != nil {
			return "", err
		}
		args := append(args, "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port))
		if err := p.spawn(name, args...); err != nil {
			return "", err
		}
		server := fmt.Sprintf("https://127.0.0.1:%d", port)
		err = p.await(wanted, func() error { return probe(server+health, certificate) })
		// The port was free when it was chosen, but others choose ports too.
		if attempt < 3 && err != nil && strings.Contains(err.Error(), "address already in use") {
			p.children = p.children[:len(p.children)-1]
			continue
		}
		return server, err
	}
}

// await tries until the attempt succeeds, a child ends, or it takes too long.
func (p *plane) await(wanted context.Context, attempt func() error) error {
	wanted, cancel := context.WithTimeoutCause(wanted, patience, errors.New("still not ready"))
	defer cancel()
	for {
		err := attempt()
		if err == nil {
			return nil
		}
		select {
		case failed := <-p.ended:
			return failed.failure()
		case <-wanted.Done():
			last := p.children[len(p.children)-1]
			return fmt.Errorf("%s: %w: %w\n%s", last.name, context.Cause(wanted), err, last.tail())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *plane) spawn(name string, args ...string) error {
	c, err := spawn(startOf(filepath.Join(p.programs, name), args), name, p.home, p.ended)
	if err == nil {
		p.children = append(p.children, c)
	}
	return err
}

// state is what the supervisor tells about it.
func (p *plane) state() map[string]any {
	processes := map[string]int{}
	for _, c := range p.children {
		processes[c.name] = c.command.Process.Pid
	}
	return map[string]any{
		"home":       p.home,
		"kubeconfig": p.kubeconfig,
		"server":     p.server,
		"processes":  processes,
	}
}

// kill ends all children, the last one first, and returns when they are gone.
func (p *plane) kill() {
	for i := len(p.children) - 1; i >= 0; i-- {
		p.children[i].kill()
	}
}
