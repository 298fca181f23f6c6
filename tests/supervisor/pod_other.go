//go:build !linux

package main

import (
	"errors"
	"syscall"
)

func inPod(*syscall.SysProcAttr) {}

func enterPod(string, []string) error {
	return errors.New("a controller runs as in a Pod on Linux only")
}
