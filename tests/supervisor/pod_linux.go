package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// inPod lets a child see what a Pod's container sees: the service account where it belongs. The
// mount is the child's own.
func inPod(attributes *syscall.SysProcAttr) {
	attributes.Cloneflags = syscall.CLONE_NEWNS
	if os.Geteuid() == 0 {
		return
	}
	// Without root it takes a user namespace, in which one is.
	attributes.Cloneflags |= syscall.CLONE_NEWUSER
	attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
	attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
}

// enterPod mounts the directory where containers have their service account, and becomes the
// program.
func enterPod(serviceAccount string, command []string) error {
	run, err := filepath.EvalSymlinks("/var/run")
	if err != nil {
		return err
	}
	target := filepath.Join(run, "secrets/kubernetes.io/serviceaccount")
	// The directory is opened first: it may be below what is covered.
	source, err := syscall.Open(serviceAccount, syscall.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mount namespace: %w", err)
	}
	if err := syscall.Mount("tmpfs", run, "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("%s: %w", run, err)
	}
	if err := os.MkdirAll(target, 0o700); err != nil {
		return err
	}
	if err := syscall.Mount(fmt.Sprintf("/proc/self/fd/%d", source), target, "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("%s: %w", target, err)
	}
	syscall.Close(source)
	return syscall.Exec(command[0], command, os.Environ())
}
