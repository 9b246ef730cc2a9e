package main

import (
	"fmt"
	"strconv"

	"freecar/profile/profiled"
)

// licenceSettings takes from the environment what the company asks of licences, and who
// reads their photos. Secrets come from nowhere else, so that no list of processes shows
// them.
func licenceSettings(lookup func(string) (string, bool), c *profiled.Config) error {
	say := func(name string) string { value, _ := lookup("FREECAR_" + name); return value }
	if text := say("DRIVER_AGE"); text != "" {
		age, err := strconv.Atoi(text)
		if err != nil || age < 16 || age > 99 {
			return fmt.Errorf("FREECAR_DRIVER_AGE must be a number of years from 16 to 99")
		}
		c.AdultAge = age
	}
	var approve bool
	for name, into := range map[string]*bool{"LICENCE_PHOTO_REQUIRED": &c.PhotoRequired, "LICENCE_READER_APPROVES": &approve} {
		switch say(name) {
		case "", "off":
		case "on":
			*into = true
		default:
			return fmt.Errorf("FREECAR_%s must be on or off", name)
		}
	}
	key, secret := say("BAIDU_API_KEY"), say("BAIDU_SECRET_KEY")
	switch {
	case (key == "") != (secret == ""):
		return fmt.Errorf("FREECAR_BAIDU_API_KEY and FREECAR_BAIDU_SECRET_KEY belong together")
	case key != "":
		c.Reader = &profiled.Reader{BaseURL: say("BAIDU_URL"), APIKey: key, SecretKey: secret, ApproveMatching: approve}
	}
	return nil
}
