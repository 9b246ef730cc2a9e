package main

import (
	"strings"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/wire"
	"freecar/user/userapi"
)

// TestOpsAdminResetTOTP: a sole admin who lost the phone gets in again, by whoever has the
// platform's keys, and it is on record.
func TestOpsAdminResetTOTP(t *testing.T) {
	m := startMember(t, newData(t), "user", nil)
	run := func(args ...string) (string, error) {
		return command(t, "", nil, append([]string{"ops", "admin"}, append(args, "--data-dir", m.data, "--services", "user="+m.at)...)...)
	}
	if out, err := run("create", "--admin-email", "grace@example.com", "--admin-password", "correct horse"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	users, leave, err := operator(config{DataDir: m.data, Services: "user=" + m.at}, userapi.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	in := userapi.SignInRequest{Email: "grace@example.com", Password: "correct horse"}
	signed, err := userapi.SignIn.Call(t.Context(), users, in)
	if err != nil {
		t.Fatal(err)
	}
	grace := auth.With(t.Context(), auth.Principal{Subject: signed.Account.ID, Session: "s", Roles: auth.Admin})
	if out, err := run("reset-totp", "--email", "grace@example.com"); err == nil || !strings.Contains(out, "no second factor") && !strings.Contains(out, "There is no such second factor") {
		t.Errorf("without one: %v, %s", err, out)
	}
	secret, err := userapi.EnrolTOTP.Call(grace, users, userapi.EnrolTOTPRequest{Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := userapi.ConfirmTOTP.Call(grace, users, userapi.TOTPRequest{Code: code(t, secret.Secret, 0)}); err != nil {
		t.Fatal(err)
	}
	if _, err := userapi.SignIn.Call(t.Context(), users, in); errs.CodeOf(err) != "totp_required" {
		t.Fatalf("got %v", err)
	}
	rider, err := userapi.SignUp.Call(t.Context(), users, userapi.SignUpRequest{Email: "ada@example.com", Password: "correct horse", Name: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	for email, says := range map[string]string{"ada@example.com": "not_admin", "nobody@example.com": "account", "nonsense": "email"} {
		if out, err := run("reset-totp", "--email", email); err == nil || !strings.Contains(out, says) {
			t.Errorf("%s: %v, %s", email, err, out)
		}
	}
	if out, err := run("reset-totp"); err == nil || !strings.Contains(out, "email") {
		t.Errorf("without a name: %v, %s", err, out)
	}
	if out, err := run("reset-totp", "--email", "grace@example.com"); err != nil || !strings.Contains(out, "with the password alone") {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := userapi.SignIn.Call(t.Context(), users, in); err != nil {
		t.Errorf("signing in: %v", err)
	}
	if _, err := userapi.Refresh.Call(t.Context(), users, userapi.RefreshRequest{RefreshToken: signed.RefreshToken}); err == nil {
		t.Error("a session of before lives on")
	}
	if _, err := userapi.ResetAdminTOTP.Call(auth.With(t.Context(), auth.Principal{Subject: rider.Account.ID, Roles: auth.Admin, Service: "x"}),
		users, userapi.ResetAdminTOTPRequest{Email: "grace@example.com"}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("again: got %v", err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; {
		page, err := userapi.Audit.Call(grace, users, userapi.AuditRequest{Actor: auth.Operator, Action: "freecar.user.account_access_changed.v1", Paging: wire.Paging{Limit: 20}})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Items) == 1 && page.Items[0].Subject == signed.Account.ID {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the audit: %+v", page.Items)
		}
		<-time.After(20 * time.Millisecond) // between two looks
	}
}
