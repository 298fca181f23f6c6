package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// controller is a program that knows the API server by the proxy's address alone.
type controller struct {
	home    string
	account string // the directory of the service account, as in a Pod
	proxy   *proxy
	listen  string // where it serves HTTP
	ended   chan *child
	mutex   sync.Mutex // the proxy kills, too
	process *child
}

// order is a request as it comes from the tests; the answer is what do returns.
type order struct {
	Do      string   `json:"do"`
	Faults  []*fault `json:"faults"`
	Since   int      `json:"since"`
	Program string   `json:"program"`
	Args    []string `json:"args"`
	// In which namespace the Pod is; empty for a program outside the cluster, with a kubeconfig.
	Namespace string `json:"namespace"`
	Signal    string `json:"signal"`
	Millis    int    `json:"millis"`
	Path      string `json:"path"`
	Token     string `json:"token"`
}

func runController(wanted context.Context, home, server, certificate string, requests <-chan string) error {
	c := &controller{home: home, account: filepath.Join(home, "serviceaccount"), ended: make(chan *child, 64)}
	if err := os.Mkdir(c.account, 0o700); err != nil {
		return err
	}
	defer c.signal(syscall.SIGKILL)
	var err error
	if c.proxy, err = newProxy(server, certificate, c.path("bodies.log"), func() { c.signal(syscall.SIGKILL) }); err != nil {
		return err
	}
	if err := c.trust(); err != nil {
		return err
	}
	kubeconfig := c.path("kubeconfig")
	user := map[string]any{"tokenFile": filepath.Join(c.account, "token")}
	authority := filepath.Join(c.account, "ca.crt")
	if err := writeKubeconfig(kubeconfig, "https://"+c.proxy.address, authority, user); err != nil {
		return err
	}
	answer(map[string]any{"home": home, "kubeconfig": kubeconfig})
	for {
		select {
		case <-wanted.Done():
			return nil
		case request := <-requests:
			var asked order
			if err := json.Unmarshal([]byte(request), &asked); err != nil {
				return err
			}
			told, err := c.do(asked)
			if err != nil {
				told = map[string]any{"error": err.Error()}
			}
			answer(told)
		}
	}
}

func (c *controller) path(name string) string { return filepath.Join(c.home, name) }

func (c *controller) do(asked order) (any, error) {
	switch asked.Do {
	case "faults":
		c.proxy.setFaults(asked.Faults)
	case "journal":
		return map[string]any{"entries": c.proxy.entries(asked.Since)}, nil
	case "cut":
		c.proxy.cut()
	case "down":
		c.proxy.listener.Close()
		c.proxy.cut()
	case "up":
		return struct{}{}, c.proxy.listen()
	case "token":
		return struct{}{}, replace(filepath.Join(c.account, "token"), []byte(asked.Token))
	case "certificate":
		if err := c.proxy.identity.change(); err != nil {
			return nil, err
		}
		return struct{}{}, c.trust()
	case "start":
		return c.start(asked.Program, asked.Args, asked.Namespace)
	case "signal":
		signals := map[string]syscall.Signal{
			"KILL": syscall.SIGKILL, "TERM": syscall.SIGTERM, "INT": syscall.SIGINT,
			"STOP": syscall.SIGSTOP, "CONT": syscall.SIGCONT,
		}
		c.signal(signals[asked.Signal])
	case "wait":
		return c.wait(time.Duration(asked.Millis) * time.Millisecond)
	case "fetch":
		return c.fetch(asked.Path)
	default:
		return nil, fmt.Errorf("unknown request %q", asked.Do)
	}
	return struct{}{}, nil
}

// trust writes what the controller has to trust where its kubeconfig says.
func (c *controller) trust() error {
	return replace(filepath.Join(c.account, "ca.crt"), c.proxy.identity.authority())
}

// replace is atomic, as the kubelet's is.
func replace(path string, content []byte) error {
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (c *controller) start(program string, args []string, namespace string) (any, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.process != nil {
		select {
		case <-c.process.gone:
		default:
			return nil, errors.New("it runs already")
		}
	}
	c.listen = fmt.Sprintf("127.0.0.1:%d", port)
	environment := []string{"HOME=" + c.home, "BULLA_LISTEN=" + c.listen}
	starting := startOf(program, args)
	if namespace == "" {
		environment = append(environment, "KUBECONFIG="+c.path("kubeconfig"))
	} else {
		if err := replace(filepath.Join(c.account, "namespace"), []byte(namespace)); err != nil {
			return nil, err
		}
		host, port, _ := net.SplitHostPort(c.proxy.address)
		environment = append(environment, "KUBERNETES_SERVICE_HOST="+host, "KUBERNETES_SERVICE_PORT="+port)
		if starting, err = c.startInPod(program, args); err != nil {
			return nil, err
		}
	}
	starting.Env = environment
	c.process, err = spawn(starting, filepath.Base(program), c.home, c.ended)
	if err != nil {
		return nil, err
	}
	return map[string]any{"id": c.process.command.Process.Pid}, nil
}

func (c *controller) startInPod(program string, args []string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	starting := startOf(self, append([]string{"pod", c.account, program}, args...))
	inPod(starting.SysProcAttr)
	return starting, nil
}

// signal does nothing if there is no process.
func (c *controller) signal(signal syscall.Signal) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.process == nil {
		return
	}
	c.process.command.Process.Signal(signal)
	if signal == syscall.SIGKILL {
		<-c.process.gone
	}
}

func (c *controller) wait(patience time.Duration) (any, error) {
	if c.process == nil {
		return nil, errors.New("it was never started")
	}
	select {
	case <-c.process.gone:
		return map[string]any{"ended": true, "code": c.process.command.ProcessState.ExitCode()}, nil
	case <-time.After(patience):
		return map[string]any{"ended": false, "code": 0}, nil
	}
}

func (c *controller) fetch(path string) (any, error) {
	client := &http.Client{Timeout: 10 * time.Second}
	response, err := client.Get("http://" + c.listen + path)
	if err != nil {
		return verdict{0, asJSON([]byte(err.Error()))}, nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(string(body))
	return verdict{response.StatusCode, text}, err
}
