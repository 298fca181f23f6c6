package main

import "syscall"

// dieWithParent covers the one case that no code of ours can: the supervisor itself is killed.
func dieWithParent() *syscall.SysProcAttr {
	// A group of its own, so that Ctrl-C in the terminal reaches the supervisor only.
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
