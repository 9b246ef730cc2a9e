//go:build !linux

package main

import "syscall"

// diesWithUs does so on Linux alone.
func diesWithUs() *syscall.SysProcAttr { return nil }
