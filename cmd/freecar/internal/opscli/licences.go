package opscli

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/profile/profileapi"
)

var licenceColumns = []column[profileapi.StaffLicence]{
	col("ACCOUNT", func(l profileapi.StaffLicence) string { return l.AccountID }),
	col("STATUS", func(l profileapi.StaffLicence) string { return l.Status }),
	col("NAME", func(l profileapi.StaffLicence) string { return l.FullName }),
	col("NUMBER", func(l profileapi.StaffLicence) string { return l.Number }),
	col("COUNTRY", func(l profileapi.StaffLicence) string { return l.Country }),
	col("BORN", func(l profileapi.StaffLicence) string { return l.BirthDate }),
	col("EXPIRES", func(l profileapi.StaffLicence) string { return l.ExpiresOn }),
	col("PHOTO", func(l profileapi.StaffLicence) string { return yesNo(l.PhotoBlobID != nil) }),
	col("SUBMITTED", func(l profileapi.StaffLicence) string { return when(l.SubmittedAt) }),
	figure("VERSION", func(l profileapi.StaffLicence) string { return strconv.FormatInt(l.Version, 10) }),
	detail("DECIDED", func(l profileapi.StaffLicence) string { return whenever(l.DecidedAt) }),
	detail("BY", func(l profileapi.StaffLicence) string { return text(l.DecidedBy) }),
	detail("REASON", func(l profileapi.StaffLicence) string { return text(l.Reason) }),
}

var licenceList = listing[profileapi.ListRequest, profileapi.StaffLicence]{
	use: "list", short: "List licences, newest submission first", items: "licences",
	example: `  freecar ops licences list --status pending
  freecar ops licences list --all --json | jq -r 'select(.country == "DE") | .account_id'`,
	route: profileapi.List, columns: licenceColumns,
	flags: func(cmd *cobra.Command, _ *pflag.FlagSet, r *profileapi.ListRequest) {
		choice(cmd, r, &r.Status, "status", "only those with a status")
	},
}

var pendingLicences = candidates(licenceList,
	func(r *profileapi.ListRequest) { r.Status = "pending" },
	func(l profileapi.StaffLicence) string { return l.AccountID },
	func(l profileapi.StaffLicence) string { return l.FullName + ", " + l.Country + " " + l.Number })

func licenceStatus(l profileapi.StaffLicence) string { return l.Status }

var inspectionColumns = append(columnsOf(licenceColumns, func(l profileapi.Inspection) profileapi.StaffLicence { return l.StaffLicence }),
	detail("SAME NUMBER AS", func(l profileapi.Inspection) string { return text(l.DuplicateOf) }),
	detail("READ", func(l profileapi.Inspection) string { return reading(l.Reading) }),
)

// reading holds what was read of the photo against what the rider said.
func reading(r *profileapi.Reading) string {
	if r == nil {
		return ""
	}
	all := []string{r.Outcome + " by " + r.By + ", " + when(r.At)}
	for _, f := range r.Fields {
		verdict := "matches"
		if !f.Matches {
			verdict = "DIFFERS"
		}
		all = append(all, verdict+"  "+f.Field+": "+cmp.Or(text(f.Read), "not found"))
	}
	return strings.Join(all, "\n")
}

const aboutSeen = "A rider may send another licence or photo while you look. The version that list and show give rises then: take it before you look at the photo, and no other is decided on."

// seenFlag says what was looked at.
func seenFlag(f *pflag.FlagSet, s *profileapi.Seen) {
	f.Int64Var(&s.Version, "version", 0, "decide on this `version` alone, as list and show give it (default: on what is there)")
}

func (t *tool) licences() *cobra.Command {
	return t.group("licences", "Driver's licences and their verification", "Driver's licences. One is called by its account: the id, e-mail address or phone number.", `  freecar ops licences list --status pending
  freecar ops licences approve 7143305966085829`,
		licenceList.command(t),
		single[profileapi.InspectRequest, profileapi.Inspection]{
			use: "show <account>", short: "Show a licence, and what was read of its photo",
			example: `  freecar ops licences show 7143305966085829
  freecar ops licences show ada@example.com`,
			route: profileapi.Inspect, columns: inspectionColumns, named: accountNamed, complete: pendingLicences,
			of: func(r *profileapi.InspectRequest) *string { return &r.AccountID },
		}.command(t),
		t.licencePhoto(),
		bulk[profileapi.ApproveRequest, profileapi.StaffLicence]{
			use: "approve <account>...", short: "Approve pending licences", thing: "licence", things: "licences",
			long: "Approve the pending licences of accounts. Approving a verified one again changes nothing.\n\n" + aboutSeen,
			example: `  freecar ops licences approve 7143305966085829
  freecar ops licences approve 7143305966085829 --version 2
  freecar ops licences list --status pending --json | jq -r .account_id | freecar ops licences approve -`,
			route: profileapi.Approve, done: licenceStatus, named: accountNamed, complete: pendingLicences,
			id:    func(r *profileapi.ApproveRequest) *string { return &r.AccountID },
			flags: func(_ *cobra.Command, f *pflag.FlagSet, r *profileapi.ApproveRequest) { seenFlag(f, &r.Seen) },
		}.command(t),
		bulk[profileapi.RejectRequest, profileapi.StaffLicence]{
			use: "reject <account>... --reason <text>", short: "Reject pending licences", thing: "licence", things: "licences",
			long:    "Reject the pending licences of accounts. The riders read the reason and can send theirs in again.\n\n" + aboutSeen,
			example: `  freecar ops licences reject 7143305966085829 --reason "The photo cannot be read."`,
			route:   profileapi.Reject, done: licenceStatus, named: accountNamed, complete: pendingLicences,
			id: func(r *profileapi.RejectRequest) *string { return &r.AccountID },
			flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *profileapi.RejectRequest) {
				f.StringVar(&r.Reason, "reason", "", "why, for the rider to read")
				seenFlag(f, &r.Seen)
				required(cmd, "reason")
			},
		}.command(t),
	)
}
