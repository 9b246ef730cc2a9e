package user

// Paging asks for one page of a list.
type Paging struct {
	Limit  int    // at least 1
	Cursor string // empty for the first page, else a Page's Next
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	Next  string // empty on the last page
}
