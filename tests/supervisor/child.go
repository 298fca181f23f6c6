package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// child is one part of the control plane.
type child struct {
	name    string
	log     string
	command *exec.Cmd
	gone    chan struct{} // closed when the process has been waited for
}

// startOf is a program that ends with this one.
func startOf(program string, args []string) *exec.Cmd {
	command := exec.Command(program, args...)
	command.SysProcAttr = dieWithParent()
	return command
}

// spawn starts a command that writes to a log of its own under home and reports its end to ended.
// What an earlier run has written stays.
func spawn(command *exec.Cmd, name, home string, ended chan<- *child) (*child, error) {
	c := &child{name: name, log: filepath.Join(home, name+".log"), command: command, gone: make(chan struct{})}
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.command.Dir = home
	c.command.Stdout, c.command.Stderr = log, log
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		c.command.Wait()
		close(c.gone)
		ended <- c
	}()
	return c, nil
}

// kill does not ask first: nothing that the control plane holds is worth keeping.
func (c *child) kill() {
	c.command.Process.Kill()
	<-c.gone
}

func (c *child) failure() error {
	return fmt.Errorf("%s ended: %s\n%s", c.name, c.command.ProcessState, c.tail())
}

// tail is the end of the log, which is about to be removed.
func (c *child) tail() string {
	log, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
