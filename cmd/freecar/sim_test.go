package main

import (
	"strings"
	"testing"
)

func TestSimInTheClear(t *testing.T) {
	for url, refused := range map[string]bool{
		"http://127.0.0.1:8080": false, "http://localhost:8080": false, "https://freecar.example.com": false,
		"http://freecar.example.com": true, "http://10.0.0.1": true,
	} {
		c := simConfig{URL: url, Cars: 1, CentreText: "52.52,13.405"}
		if err := c.check(); (err != nil && strings.Contains(err.Error(), "in the clear")) != refused {
			t.Errorf("%s: got %v", url, err)
		}
		c.Insecure = true
		if err := c.check(); err != nil {
			t.Errorf("%s --insecure: got %v", url, err)
		}
	}
}
