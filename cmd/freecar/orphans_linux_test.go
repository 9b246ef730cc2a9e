package main

import "syscall"

// diesWithUs ends a process when the test's own ends, even by a timeout's panic.
func diesWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
