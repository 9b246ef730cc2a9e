package main

import (
	"reflect"
	"strings"
	"testing"

	"freecar/profile/profiled"
)

func TestLicenceSettings(t *testing.T) {
	settings := func(pairs ...string) (profiled.Config, error) {
		said := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			said["FREECAR_"+pairs[i]] = pairs[i+1]
		}
		var c profiled.Config
		err := licenceSettings(func(name string) (string, bool) { value, ok := said[name]; return value, ok }, &c)
		return c, err
	}
	t.Run("nothing said is a person who reads", func(t *testing.T) {
		if c, err := settings(); err != nil || !reflect.DeepEqual(c, profiled.Config{}) {
			t.Errorf("got %+v, %v", c, err)
		}
	})
	t.Run("all of it", func(t *testing.T) {
		c, err := settings("DRIVER_AGE", "21", "LICENCE_PHOTO_REQUIRED", "on", "LICENCE_READER_APPROVES", "on",
			"BAIDU_API_KEY", "k", "BAIDU_SECRET_KEY", "s", "BAIDU_URL", "https://x")
		want := profiled.Config{AdultAge: 21, PhotoRequired: true,
			Reader: &profiled.Reader{BaseURL: "https://x", APIKey: "k", SecretKey: "s", ApproveMatching: true}}
		if err != nil || !reflect.DeepEqual(c, want) {
			t.Errorf("got %+v, %v", c, err)
		}
	})
	t.Run("what is wrong is named, and no secret is", func(t *testing.T) {
		for name, value := range map[string]string{"DRIVER_AGE": "young", "LICENCE_PHOTO_REQUIRED": "yes", "LICENCE_READER_APPROVES": "1",
			"BAIDU_API_KEY": "s3cret", "BAIDU_SECRET_KEY": "s3cret"} {
			if _, err := settings(name, value); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}
