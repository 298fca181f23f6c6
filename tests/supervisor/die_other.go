//go:build !linux

package main

import "syscall"

// dieWithParent does what can be done where the kernel knows no death signal.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
