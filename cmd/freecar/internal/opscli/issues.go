package opscli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/trip/tripapi"
)

var issueColumns = []column[tripapi.OpsIssue]{
	col("ID", func(s tripapi.OpsIssue) string { return s.ID }),
	col("STATE", func(s tripapi.OpsIssue) string { return s.State }),
	col("KIND", func(s tripapi.OpsIssue) string { return s.Kind }),
	col("CAR", func(s tripapi.OpsIssue) string { return s.CarID }),
	col("REPORTED", func(s tripapi.OpsIssue) string { return when(s.CreatedAt) }),
	figure("PHOTOS", func(s tripapi.OpsIssue) string { return integer(len(s.PhotoBlobIDs)) }),
	col("TEXT", func(s tripapi.OpsIssue) string { return shortened(s.Text) }),
	detail("TRIP", func(s tripapi.OpsIssue) string { return s.TripID }),
	detail("ACCOUNT", func(s tripapi.OpsIssue) string { return s.AccountID }),
	detail("ALL OF IT", func(s tripapi.OpsIssue) string { return s.Text }),
	detail("CLOSED", func(s tripapi.OpsIssue) string { return whenever(s.ClosedAt) }),
	detail("BY", func(s tripapi.OpsIssue) string { return text(s.ClosedBy) }),
	detail("NOTE", func(s tripapi.OpsIssue) string { return text(s.Note) }),
}

var issueList = listing[tripapi.OpsIssuesRequest, tripapi.OpsIssue]{
	use: "list", short: "List what riders reported, newest first", items: "issues",
	example: `  freecar ops issues list --state open
  freecar ops issues list --car "B-FC 1001"`,
	route: tripapi.OpsIssues, columns: issueColumns,
	flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *tripapi.OpsIssuesRequest) {
		choice(cmd, r, &r.State, "state", "only those in a state")
		f.StringVar(&r.CarID, "car", "", "only those with the `car`: its id or plate")
		f.StringVar(&r.TripID, "trip", "", "only those of the trip with this `id`")
	},
	prepare: func(i *invocation, r *tripapi.OpsIssuesRequest) (err error) {
		if r.CarID != "" {
			r.CarID, err = carNamed(i, r.CarID)
		}
		return err
	},
}

var issueIDs = candidates(issueList, nil,
	func(s tripapi.OpsIssue) string { return s.ID },
	func(s tripapi.OpsIssue) string { return s.Kind + ", " + s.State + ", " + when(s.CreatedAt) })

func (t *tool) issues() *cobra.Command {
	list := issueList.command(t)
	completeFlag(t, list, "car", carIDs)
	return t.group("issues", "What riders reported of cars", "", `  freecar ops issues list --state open
  freecar ops issues close 01a20612-203f-762b-8929-d9d2a7940edc --note "A new mirror."`,
		list, t.showIssue(), t.issuePhotos(),
		bulk[tripapi.CloseIssueRequest, tripapi.OpsIssue]{
			use: "close <issue-id>...", short: "Close issues", thing: "issue", things: "issues",
			example: `  freecar ops issues close 01a20612-203f-762b-8929-d9d2a7940edc --note "A new mirror."`,
			route:   tripapi.CloseIssue, complete: issueIDs,
			id: func(r *tripapi.CloseIssueRequest) *string { return &r.ID },
			flags: func(_ *cobra.Command, f *pflag.FlagSet, r *tripapi.CloseIssueRequest) {
				f.StringVar(&r.Note, "note", "", "what was done about it")
			},
			done: func(s tripapi.OpsIssue) string { return s.State },
		}.command(t),
	)
}

func (t *tool) showIssue() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show <issue-id>", Short: "Show an issue",
		Example:           `  freecar ops issues show 01a20612-203f-762b-8929-d9d2a7940edc`,
		ValidArgsFunction: t.completing(issueIDs, 1),
	}
	return t.leaf(cmd, one, func(i *invocation, args []string) error {
		issue, raw, err := i.issue(args[0])
		if err != nil {
			return err
		}
		return show(i, issueColumns, *issue, raw)
	})
}

func (i *invocation) issue(id string) (*tripapi.OpsIssue, []byte, error) {
	issue, raw, err := issueList.find(i, tripapi.OpsIssuesRequest{}, func(s tripapi.OpsIssue) bool { return s.ID == id })
	if err == nil && issue == nil {
		err = fmt.Errorf("there is no issue %q", id)
	}
	return issue, raw, err
}

func (t *tool) issuePhotos() *cobra.Command {
	var link bool
	cmd := &cobra.Command{
		Use: "photos <issue-id>", Short: "Save the photos of an issue",
		Long: `Save the photos of an issue, in files that you alone may read: issue-<id>-1 and so on, in
this folder. --link prints addresses instead that show them for a while to whoever has them.`,
		Example: `  freecar ops issues photos 01a20612-203f-762b-8929-d9d2a7940edc
  freecar ops issues photos 01a20612-203f-762b-8929-d9d2a7940edc --link`,
		ValidArgsFunction: t.completing(issueIDs, 1),
	}
	cmd.Flags().BoolVar(&link, "link", false, "print addresses that show them for a while")
	return t.leaf(cmd, one, func(i *invocation, args []string) error {
		issue, _, err := i.issue(args[0])
		if err != nil {
			return err
		}
		if len(issue.PhotoBlobIDs) == 0 {
			i.say("There are no photos.")
		}
		for n, blob := range issue.PhotoBlobIDs {
			at, _, err := ask(i, tripapi.OpsIssuePhoto, tripapi.IssuePhotoRequest{ID: issue.ID, BlobID: blob})
			if err != nil {
				return err
			}
			p := photo{link: link}
			if err := p.take(i, at, fmt.Sprintf("issue-%s-%d", issue.ID, n+1)); err != nil {
				return err
			}
		}
		return nil
	})
}
