package blob

import "context"

// Owned lists what an account has stored.
func (v *Vault) Owned(ctx context.Context, account, after string, limit int) ([]View, string, error) {
	objects, err := v.objects.OwnedBy(ctx, account, after, limit)
	if err != nil {
		return nil, "", err
	}
	var views []View
	for _, o := range objects {
		view, err := v.Link(ctx, o.ID, Viewer{Account: account})
		switch {
		case isMissing(err): // deleted meanwhile
		case err != nil:
			return nil, "", err
		case view.State == Stored:
			views = append(views, view)
		}
	}
	if len(objects) < limit {
		return views, "", nil
	}
	return views, objects[len(objects)-1].ID, nil
}
