package profiled_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-kit/kit/sd"

	"freecar/blob/blobapi"
	"freecar/internal/auth"
	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/events/sqlitebus"
	"freecar/internal/inproc"
	"freecar/internal/kitx"
	"freecar/internal/leaktest"
	"freecar/internal/obs"
	"freecar/internal/peer"
	"freecar/internal/wire"
	"freecar/profile/internal/adapter/blob/blobtest"
	"freecar/profile/profileapi"
	"freecar/profile/profiled"
)

// Circuits live as long as the process.
func TestMain(m *testing.M) { leaktest.Main(m) }

var form = profileapi.LicenceForm{Number: "B072RRE2I55", FullName: "Erika Mustermann", BirthDate: "1984-08-12", ExpiresOn: "2033-01-19", Country: "DE"}

// world is a running profile service, seen by its callers.
type world struct {
	gateway, trip *peer.Peer
	blobs         *blobtest.Service
	bus           *sqlitebus.Bus
	clock         *clock.Manual
}

func start(t *testing.T, change func(*profiled.Config)) *world {
	t.Helper()
	w := &world{blobs: blobtest.New(), clock: clock.NewManual(time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC))}
	t.Cleanup(w.blobs.Close)
	folder := t.TempDir()
	var err error
	if w.bus, err = sqlitebus.Open(t.Context(), filepath.Join(folder, "bus.db"), clock.System{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, w.bus.Close) })
	authority, shown := assertion.NewAuthority([]byte(strings.Repeat("k", 32)), w.clock), obs.Discard()
	config := profiled.Config{Path: filepath.Join(folder, "profile.db"), Obs: shown.For("profile"), Clock: w.clock,
		Bus: w.bus, Authority: authority, Blobs: w.blobs.Peer}
	change(&config)
	service, err := profiled.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, service.Close) })
	run(t, service.Run)
	network := inproc.NewNetwork()
	network.Listen("profile-1", service.Handler())
	as := func(caller string) *peer.Peer {
		p := peer.New(peer.Config{Caller: caller, Callee: profileapi.Name, Instances: sd.FixedInstancer{"profile-1"},
			Transport: network, Authority: authority, Obs: shown.For(caller)})
		t.Cleanup(p.Close)
		return p
	}
	w.gateway, w.trip = as("gateway"), as("trip")
	return w
}

func plain(*profiled.Config) {}

// run runs a loop until the test ends.
func run(t *testing.T, loop func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- loop(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func closed(t *testing.T, close func() error) {
	if err := close(); err != nil {
		t.Error(err)
	}
}

func rider(t *testing.T, account string) context.Context {
	return auth.With(t.Context(), auth.Principal{Subject: account, Roles: auth.Rider})
}

func support(t *testing.T) context.Context {
	return auth.With(t.Context(), auth.Principal{Subject: "9", Roles: auth.Support})
}

// expect says that an outcome has this kind and code; an empty code is success.
func expect(t *testing.T, err error, kind errs.Kind, code string) {
	t.Helper()
	switch {
	case code == "" && err != nil:
		t.Errorf("got %v", err)
	case code != "" && (err == nil || errs.KindOf(err) != kind || errs.CodeOf(err) != code):
		t.Errorf("got %v, want %s %s", err, kind, code)
	}
}

func put(t *testing.T, w *world, account string) profileapi.Licence {
	t.Helper()
	own := form
	own.Number += account
	l, err := profileapi.PutLicence.Call(rider(t, account), w.gateway, own)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func approve(t *testing.T, w *world, account string) (profileapi.StaffLicence, error) {
	return profileapi.Approve.Call(support(t), w.gateway, profileapi.ApproveRequest{AccountID: account})
}

func check(t *testing.T, w *world, account string) profileapi.Verdict {
	t.Helper()
	v, err := profileapi.Check.Call(t.Context(), w.trip, profileapi.CheckRequest{AccountID: account})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestLicences(t *testing.T) {
	t.Run("from nothing to verified, and what the trip service hears of it", func(t *testing.T) {
		w := start(t, plain)
		_, err := profileapi.GetLicence.Call(rider(t, "1"), w.gateway, kitx.None{})
		expect(t, err, errs.NotFound, "not_found")
		if v := check(t, w, "1"); v != (profileapi.Verdict{Reason: "unsubmitted"}) {
			t.Errorf("got %+v", v)
		}
		if l := put(t, w, "1"); l.Status != "pending" || l.Reason != nil || l.BirthDate != form.BirthDate || l.SubmittedAt.Time != w.clock.Now() {
			t.Errorf("got %+v", l)
		}
		if v := check(t, w, "1"); v != (profileapi.Verdict{Reason: "pending"}) {
			t.Errorf("got %+v", v)
		}
		for range 2 {
			if l, err := approve(t, w, "1"); err != nil || l.Status != "verified" || l.AccountID != "1" || *l.DecidedBy != "9" {
				t.Errorf("got %+v, %v", l, err)
			}
		}
		if v := check(t, w, "1"); v != (profileapi.Verdict{Verified: true}) {
			t.Errorf("got %+v", v)
		}
		w.clock.Advance(3 * 365 * 24 * time.Hour)
		if v := check(t, w, "1"); v != (profileapi.Verdict{Reason: "expired"}) {
			t.Errorf("got %+v", v)
		}
		l, err := profileapi.GetLicence.Call(rider(t, "1"), w.gateway, kitx.None{})
		if err != nil || l.Status != "verified" || l.Reason == nil || *l.Reason != "expired" {
			t.Errorf("got %+v, %v", l, err)
		}
		renewed := form
		renewed.ExpiresOn = "2048-01-19"
		if l, err := profileapi.PutLicence.Call(rider(t, "1"), w.gateway, renewed); err != nil || l.Status != "pending" || l.Reason != nil {
			t.Errorf("got %+v, %v", l, err)
		}
	})
	t.Run("one licence is verified for one account, and staff see whose", func(t *testing.T) {
		w := start(t, plain)
		for _, account := range []string{"1", "2"} {
			_, err := profileapi.PutLicence.Call(rider(t, account), w.gateway, form)
			expect(t, err, 0, "")
		}
		_, err := approve(t, w, "2")
		expect(t, err, 0, "")
		_, err = approve(t, w, "1")
		expect(t, err, errs.Conflict, "licence_number_taken")
		l := inspected(t, w, func(profileapi.Inspection) bool { return true })
		if l.Status != "pending" || l.DuplicateOf == nil || *l.DuplicateOf != "2" {
			t.Errorf("got %+v", l)
		}
		if other, err := profileapi.Inspect.Call(support(t), w.gateway, profileapi.InspectRequest{AccountID: "2"}); err != nil || other.DuplicateOf != nil {
			t.Errorf("got %+v, %v", other, err)
		}
	})
	t.Run("an erased account leaves nothing, however often it is said", func(t *testing.T) {
		w := start(t, plain)
		put(t, w, "1")
		room, err := addPhoto(t, w, kitx.Keyed{IdempotencyKey: "k"})
		expect(t, err, 0, "")
		w.blobs.Uploaded(room.BlobID)
		expect(t, getPhoto(t, w), 0, "")
		for version := range 2 {
			if err := w.bus.Publish(t.Context(), []events.Event{{Type: events.Type("user", "account_erased"), Subject: "1", Version: int64(version + 5), Time: w.clock.Now(), Data: []byte("{}")}}); err != nil {
				t.Fatal(err)
			}
		}
		await(t, w)
		_, err = profileapi.GetLicence.Call(rider(t, "1"), w.gateway, kitx.None{})
		expect(t, err, errs.NotFound, "not_found")
		if v := check(t, w, "1"); v != (profileapi.Verdict{Reason: "unsubmitted"}) {
			t.Errorf("got %+v", v)
		}
		_, err = profileapi.PutLicence.Call(rider(t, "1"), w.gateway, form) // on its way meanwhile
		expect(t, err, errs.Conflict, "account_erased")
		_, err = addPhoto(t, w, kitx.Keyed{})
		expect(t, err, errs.Conflict, "account_erased")
		_, err = profileapi.GetLicence.Call(rider(t, "1"), w.gateway, kitx.None{})
		expect(t, err, errs.NotFound, "not_found")
	})
	t.Run("who says what it saw decides on that alone", func(t *testing.T) {
		w := start(t, func(c *profiled.Config) { c.PhotoRequired = true })
		decide := func(version int64) (approved, rejected error) {
			seen := profileapi.Seen{Version: version}
			_, approved = profileapi.Approve.Call(support(t), w.gateway, profileapi.ApproveRequest{AccountID: "1", Seen: seen})
			_, rejected = profileapi.Reject.Call(support(t), w.gateway, profileapi.RejectRequest{AccountID: "1", Reason: "no", Seen: seen})
			return approved, rejected
		}
		photo := func() {
			room, err := addPhoto(t, w, kitx.Keyed{})
			expect(t, err, 0, "")
			w.blobs.Uploaded(room.BlobID)
		}
		seen := func() int64 {
			expect(t, getPhoto(t, w), 0, "")
			return inspected(t, w, func(profileapi.Inspection) bool { return true }).Version
		}
		approved, rejected := decide(1)
		expect(t, approved, errs.NotFound, "not_found")
		expect(t, rejected, errs.NotFound, "not_found")
		put(t, w, "1")
		photo()
		for name, change := range map[string]func(){
			"other data": func() {
				renewed := form
				renewed.ExpiresOn = "2048-01-19"
				_, err := profileapi.PutLicence.Call(rider(t, "1"), w.gateway, renewed)
				expect(t, err, 0, "")
			},
			"another photo": photo, // nobody has heard of it
		} {
			before := seen()
			change()
			approved, rejected = decide(before)
			for _, err := range []error{approved, rejected} {
				if errs.CodeOf(err) != "licence_changed" || errs.KindOf(err) != errs.Conflict {
					t.Errorf("%s: got %v", name, err)
				}
			}
		}
		now := seen()
		for range 2 {
			l, err := profileapi.Approve.Call(support(t), w.gateway, profileapi.ApproveRequest{AccountID: "1", Seen: profileapi.Seen{Version: now}})
			if err != nil || l.Status != "verified" || l.Version != now {
				t.Errorf("got %+v, %v", l, err)
			}
		}
		list, err := profileapi.List.Call(support(t), w.gateway, profileapi.ListRequest{Paging: wire.Paging{Limit: 1}})
		if err != nil || len(list.Items) != 1 || list.Items[0].Version != now {
			t.Errorf("got %+v, %v", list, err)
		}
		_, err = profileapi.Approve.Call(support(t), w.gateway, profileapi.ApproveRequest{AccountID: "1", Seen: profileapi.Seen{Version: -1}})
		expect(t, err, errs.Invalid, "invalid")
	})
	t.Run("a rejected rider sees why and can send again", func(t *testing.T) {
		w := start(t, plain)
		put(t, w, "1")
		for _, reason := range []string{"blurred", "other"} {
			_, err := profileapi.Reject.Call(support(t), w.gateway, profileapi.RejectRequest{AccountID: "1", Reason: reason})
			expect(t, err, 0, "")
		}
		l, err := profileapi.GetLicence.Call(rider(t, "1"), w.gateway, kitx.None{})
		if err != nil || l.Status != "rejected" || l.Reason == nil || *l.Reason != "blurred" {
			t.Errorf("got %+v, %v", l, err)
		}
		_, err = approve(t, w, "1")
		expect(t, err, errs.Conflict, "licence_not_pending")
		if l := put(t, w, "1"); l.Status != "pending" || l.Reason != nil {
			t.Errorf("got %+v", l)
		}
	})
	t.Run("bad input is refused with the field named, and changes nothing", func(t *testing.T) {
		w := start(t, plain)
		for field, change := range map[string]func(*profileapi.LicenceForm){
			"number":     func(f *profileapi.LicenceForm) { f.Number = "1" },
			"full_name":  func(f *profileapi.LicenceForm) { f.FullName = "" },
			"birth_date": func(f *profileapi.LicenceForm) { f.BirthDate = "2020-01-01" },
			"expires_on": func(f *profileapi.LicenceForm) { f.ExpiresOn = "yesterday" },
			"country":    func(f *profileapi.LicenceForm) { f.Country = "XX" },
		} {
			bad := form
			change(&bad)
			_, err := profileapi.PutLicence.Call(rider(t, "1"), w.gateway, bad)
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Field != field {
				t.Errorf("%s: got %v", field, err)
			}
		}
		_, err := profileapi.GetLicence.Call(rider(t, "1"), w.gateway, kitx.None{})
		expect(t, err, errs.NotFound, "not_found")
	})
	t.Run("a person's export has all of it", func(t *testing.T) {
		w := start(t, plain)
		_, err := profileapi.GetPersonal.Call(rider(t, "1"), w.gateway, kitx.None{})
		expect(t, err, errs.NotFound, "not_found")
		put(t, w, "1")
		if _, err := approve(t, w, "1"); err != nil {
			t.Fatal(err)
		}
		p, err := profileapi.GetPersonal.Call(rider(t, "1"), w.gateway, kitx.None{})
		if err != nil || p.FullName != form.FullName || p.DecidedAt == nil || p.Reading != nil {
			t.Errorf("got %+v, %v", p, err)
		}
		_, err = profileapi.GetPersonal.Call(rider(t, "1"), w.trip, kitx.None{})
		expect(t, err, errs.Denied, "denied")
	})
	t.Run("staff list what waits", func(t *testing.T) {
		w := start(t, plain)
		for _, account := range []string{"1", "2", "3"} {
			put(t, w, account)
			w.clock.Advance(time.Second)
		}
		_, err := approve(t, w, "2")
		expect(t, err, 0, "")
		page, err := profileapi.List.Call(support(t), w.gateway, profileapi.ListRequest{Status: "pending", Paging: wire.Paging{Limit: 1}})
		if err != nil || len(page.Items) != 1 || page.Items[0].AccountID != "3" || page.NextCursor == nil {
			t.Fatalf("got %+v, %v", page, err)
		}
		page, err = profileapi.List.Call(support(t), w.gateway, profileapi.ListRequest{Status: "pending", Paging: wire.Paging{Limit: 1, Cursor: *page.NextCursor}})
		if err != nil || len(page.Items) != 1 || page.Items[0].AccountID != "1" || page.NextCursor != nil {
			t.Errorf("got %+v, %v", page, err)
		}
		_, err = profileapi.List.Call(support(t), w.gateway, profileapi.ListRequest{Status: "unsubmitted"})
		expect(t, err, errs.Invalid, "invalid")
	})
	t.Run("who may do what", func(t *testing.T) {
		w := start(t, plain)
		put(t, w, "1")
		for _, roles := range []auth.Roles{auth.Rider, auth.Fleet, auth.Finance, auth.Device} {
			ctx := auth.With(t.Context(), auth.Principal{Subject: "1", Roles: roles})
			_, approveErr := profileapi.Approve.Call(ctx, w.gateway, profileapi.ApproveRequest{AccountID: "1"})
			_, listErr := profileapi.List.Call(ctx, w.gateway, profileapi.ListRequest{})
			_, checkErr := profileapi.Check.Call(ctx, w.gateway, profileapi.CheckRequest{AccountID: "1"})
			for _, err := range []error{approveErr, listErr, checkErr} {
				expect(t, err, errs.Denied, "denied")
			}
		}
		_, err := profileapi.GetLicence.Call(t.Context(), w.gateway, kitx.None{})
		expect(t, err, errs.Unauthenticated, "unauthenticated")
		_, err = profileapi.GetLicence.Call(rider(t, "2"), w.gateway, kitx.None{})
		expect(t, err, errs.NotFound, "not_found")
		_, err = approve(t, w, "2")
		expect(t, err, errs.NotFound, "not_found")
		_, err = approve(t, w, "x")
		expect(t, err, errs.Invalid, "invalid")
	})
	t.Run("events tell what happened and name nobody", func(t *testing.T) {
		w := start(t, plain)
		seen := make(chan events.Event, 8)
		ready := make(chan struct{})
		run(t, func(ctx context.Context) error {
			return w.bus.Feed(ctx, []string{profileapi.Submitted, profileapi.Approved}, func() { close(ready) }, func() {}, func(e events.Event) { seen <- e })
		})
		<-ready
		put(t, w, "1")
		_, err := approve(t, w, "1")
		expect(t, err, 0, "")
		for i, want := range []struct{ kind, data string }{
			{profileapi.Submitted, `{"account_id":"1","status":"pending","version":1}`},
			{profileapi.Approved, `{"account_id":"1","status":"verified","decided_by":"9","version":2}`},
		} {
			if e := <-seen; e.Type != want.kind || string(e.Data) != want.data || e.Subject != "1" || e.Version != int64(i)+1 {
				t.Errorf("got %+v %s", e, e.Data)
			}
		}
	})
}

func addPhoto(t *testing.T, w *world, key kitx.Keyed) (wire.PhotoUpload, error) {
	return profileapi.AddPhoto.Call(rider(t, "1"), w.gateway, profileapi.AddPhotoRequest{Keyed: key, NewPhoto: wire.NewPhoto{ContentType: "image/png", Size: 50}})
}

func getPhoto(t *testing.T, w *world) error {
	_, err := profileapi.GetPhoto.Call(rider(t, "1"), w.gateway, kitx.None{})
	return err
}

func TestPhotos(t *testing.T) {
	t.Run("a photo is there once it is uploaded, before any licence", func(t *testing.T) {
		w := start(t, plain)
		expect(t, getPhoto(t, w), errs.NotFound, "not_found")
		room, err := addPhoto(t, w, kitx.Keyed{})
		expect(t, err, 0, "")
		expect(t, getPhoto(t, w), errs.NotFound, "not_found")
		w.blobs.Uploaded(room.BlobID)
		expect(t, getPhoto(t, w), 0, "")
		_, err = profileapi.GetLicence.Call(rider(t, "1"), w.gateway, kitx.None{})
		expect(t, err, errs.NotFound, "not_found")
	})
	t.Run("what is replaced or removed is deleted, even when the blob service is down at first", func(t *testing.T) {
		w := start(t, plain)
		first, err := addPhoto(t, w, kitx.Keyed{})
		expect(t, err, 0, "")
		w.blobs.Uploaded(first.BlobID)
		expect(t, getPhoto(t, w), 0, "")
		second, err := addPhoto(t, w, kitx.Keyed{})
		expect(t, err, 0, "")
		expect(t, getPhoto(t, w), 0, "") // still the first
		if there := w.blobs.Objects(); len(there) != 2 {
			t.Errorf("objects: %v", there)
		}
		w.blobs.Uploaded(second.BlobID)
		expect(t, getPhoto(t, w), 0, "")
		await(t, w, second.BlobID)
		w.blobs.Down()
		_, err = profileapi.DeletePhoto.Call(rider(t, "1"), w.gateway, kitx.None{})
		expect(t, err, 0, "")
		expect(t, getPhoto(t, w), errs.NotFound, "not_found")
		w.blobs.Up()
		await(t, w)
		_, err = profileapi.DeletePhoto.Call(rider(t, "1"), w.gateway, kitx.None{})
		expect(t, err, errs.NotFound, "not_found")
	})
	t.Run("one key, one photo; another request under it is refused", func(t *testing.T) {
		w := start(t, plain)
		first, err := addPhoto(t, w, kitx.Keyed{IdempotencyKey: "k"})
		expect(t, err, 0, "")
		second, err := addPhoto(t, w, kitx.Keyed{IdempotencyKey: "k"})
		if err != nil || second.BlobID != first.BlobID || second.Upload.URL != first.Upload.URL {
			t.Errorf("got %+v, %v, want %+v", second, err, first)
		}
		_, err = profileapi.AddPhoto.Call(rider(t, "1"), w.gateway, profileapi.AddPhotoRequest{
			Keyed: kitx.Keyed{IdempotencyKey: "k"}, NewPhoto: wire.NewPhoto{ContentType: "image/png", Size: 51}})
		expect(t, err, errs.KeyReused, "key_reused")
		if there := w.blobs.Objects(); len(there) != 1 {
			t.Errorf("objects: %v", there)
		}
	})
	t.Run("a key whose upload did not come in time gets room once more", func(t *testing.T) {
		w := start(t, plain)
		again := func() (wire.PhotoUpload, error) { return addPhoto(t, w, kitx.Keyed{IdempotencyKey: "k"}) }
		lost, err := again()
		expect(t, err, 0, "")
		w.clock.Advance(blobtest.Expires.Sub(w.clock.Now()))
		fresh, err := again()
		if err != nil || fresh.BlobID == lost.BlobID {
			t.Errorf("got %+v, %v", fresh, err)
		}
		await(t, w, fresh.BlobID)
		w.blobs.Uploaded(fresh.BlobID) // and nobody has heard of it
		if kept, err := again(); err != nil || kept.BlobID != fresh.BlobID {
			t.Errorf("got %+v, %v, want %+v", kept, err, fresh)
		}
		await(t, w, fresh.BlobID)
		expect(t, getPhoto(t, w), 0, "")
	})
	t.Run("the blob service's refusal names the field, its absence is unavailable", func(t *testing.T) {
		w := start(t, plain)
		_, err := profileapi.AddPhoto.Call(rider(t, "1"), w.gateway, profileapi.AddPhotoRequest{NewPhoto: wire.NewPhoto{ContentType: "text/html", Size: 50}})
		e, ok := errors.AsType[*errs.Error](err)
		if !ok || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Field != "content_type" {
			t.Errorf("got %v", err)
		}
		w.blobs.Down()
		_, err = addPhoto(t, w, kitx.Keyed{})
		expect(t, err, errs.Unavailable, "unavailable")
	})
	t.Run("where a photo is required nothing is approved before its upload", func(t *testing.T) {
		w := start(t, func(c *profiled.Config) { c.PhotoRequired = true })
		put(t, w, "1")
		_, err := approve(t, w, "1")
		expect(t, err, errs.Conflict, "photo_missing")
		room, err := addPhoto(t, w, kitx.Keyed{})
		expect(t, err, 0, "")
		_, err = approve(t, w, "1")
		expect(t, err, errs.Conflict, "photo_missing")
		w.blobs.Uploaded(room.BlobID)
		_, err = approve(t, w, "1")
		expect(t, err, 0, "")
		_, err = profileapi.DeletePhoto.Call(rider(t, "1"), w.gateway, kitx.None{})
		expect(t, err, errs.Conflict, "photo_in_use")
		expect(t, getPhoto(t, w), 0, "")
	})
	t.Run("the news of an upload makes the photo current, twice or late", func(t *testing.T) {
		w := start(t, plain)
		put(t, w, "1")
		first, err := addPhoto(t, w, kitx.Keyed{})
		expect(t, err, 0, "")
		second, err := addPhoto(t, w, kitx.Keyed{})
		expect(t, err, 0, "")
		w.blobs.Uploaded(second.BlobID)
		for i, id := range []string{first.BlobID, second.BlobID, second.BlobID} {
			stored(t, w, id, "1", blobapi.LicencePhoto, int64(i+2))
		}
		stored(t, w, first.BlobID, "2", blobapi.Avatar, 9) // somebody's something
		l := inspected(t, w, func(l profileapi.Inspection) bool { return l.PhotoBlobID != nil })
		if *l.PhotoBlobID != second.BlobID {
			t.Errorf("got %v", *l.PhotoBlobID)
		}
		await(t, w, second.BlobID)
	})
	t.Run("staff see a rider's photo, others do not", func(t *testing.T) {
		w := start(t, plain)
		put(t, w, "1")
		_, err := profileapi.InspectPhoto.Call(support(t), w.gateway, profileapi.InspectRequest{AccountID: "1"})
		expect(t, err, errs.NotFound, "not_found")
		room, err := addPhoto(t, w, kitx.Keyed{})
		expect(t, err, 0, "")
		w.blobs.Uploaded(room.BlobID)
		link, err := profileapi.InspectPhoto.Call(support(t), w.gateway, profileapi.InspectRequest{AccountID: "1"})
		if err != nil || link.URL == "" || link.ExpiresAt.IsZero() {
			t.Errorf("got %+v, %v", link, err)
		}
		for _, roles := range []auth.Roles{auth.Rider, auth.Fleet, auth.Finance, auth.Device} {
			ctx := auth.With(t.Context(), auth.Principal{Subject: "1", Roles: roles})
			_, err := profileapi.InspectPhoto.Call(ctx, w.gateway, profileapi.InspectRequest{AccountID: "1"})
			expect(t, err, errs.Denied, "denied")
			_, err = profileapi.Inspect.Call(ctx, w.gateway, profileapi.InspectRequest{AccountID: "1"})
			expect(t, err, errs.Denied, "denied")
		}
		_, err = profileapi.Inspect.Call(support(t), w.gateway, profileapi.InspectRequest{AccountID: "x"})
		expect(t, err, errs.Invalid, "invalid")
		_, err = profileapi.Inspect.Call(support(t), w.gateway, profileapi.InspectRequest{AccountID: "2"})
		expect(t, err, errs.NotFound, "not_found")
	})
}

// stored publishes that an object's bytes have come.
func stored(t *testing.T, w *world, id, owner, purpose string, version int64) {
	t.Helper()
	data, err := json.Marshal(blobapi.Event{ID: id, OwnerID: owner, Purpose: purpose, State: blobapi.StateStored, Version: version})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.bus.Publish(t.Context(), []events.Event{{Type: blobapi.ObjectStored, Subject: id, Version: version, Time: w.clock.Now(), Data: data}}); err != nil {
		t.Fatal(err)
	}
}

// inspected is account 1's licence, once ok is content with it.
func inspected(t *testing.T, w *world, ok func(profileapi.Inspection) bool) profileapi.Inspection {
	t.Helper()
	var last profileapi.Inspection
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); <-time.After(5 * time.Millisecond) {
		var err error
		if last, err = profileapi.Inspect.Call(support(t), w.gateway, profileapi.InspectRequest{AccountID: "1"}); err != nil {
			t.Fatal(err)
		}
		if ok(last) {
			return last
		}
	}
	t.Fatalf("got %+v", last)
	return last
}

// await waits until these objects are left.
func await(t *testing.T, w *world, ids ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := w.blobs.Await(ctx, ids...); err != nil {
		t.Fatalf("there are %v, want %v: %v", w.blobs.Objects(), ids, err)
	}
}
