package transport

import (
	"freecar/internal/kitx"
	"freecar/trip/internal/endpoint"
	"freecar/trip/tripapi"
)

// MountIssues serves the operations of issues with cars.
func MountIssues(s *kitx.Server, e endpoint.Issues) {
	tripapi.ReportIssue.Mount(s, e.Report)
	tripapi.OpsIssues.Mount(s, e.List)
	tripapi.OpsIssuePhoto.Mount(s, e.Photo)
	tripapi.CloseIssue.Mount(s, e.Close)
	tripapi.ListIssues.Mount(s, e.Owned)
}
