package argon2id

import "testing"

// FuzzParse: of a stored hash comes its cost, salt and key, within what a sign-in may take
// of memory and time, or an error.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "", "$$$$$", "$argon2id$v=19$m=4294967295,t=4294967295,p=255$AA$AA", "$argon2id$v=19$m=19456,t=2,p=1x$AA$AA",
		"$argon2id$v=19$m=0,t=1,p=1$AA$AA", "$argon2id$v=19$m=+1,t=1,p=1$AA$AA", "$argon2id$v=19$m=1,t=1,p=0$AA$AA", "$argon2i$v=19$m=1,t=1,p=1$AA$AA", "$argon2id$v=19$m=-1,t=1,p=1$AA$AA", "$argon2id$v=19$m=19456,t=2,p=1$$AA"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		c, _, key, err := parse(hash)
		if err != nil {
			if err != errForm {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if c.time == 0 || c.time > 100 || c.lanes == 0 || c.memory > 1<<20 || len(key) == 0 || len(key) > 1024 {
			t.Errorf("%q takes %d KiB, %d passes, %d lanes for %d bytes", hash, c.memory, c.time, c.lanes, len(key))
		}
	})
}
