package opscli

import (
	"fmt"

	"freecar/internal/errs"
)

// naming finds the id of what people call by another name: a car by its plate, an account
// by its address. What has the form of an id already is one.
type naming func(i *invocation, name string) (id string, err error)

func (n naming) id(i *invocation, name string) (string, error) {
	if n == nil {
		return name, nil
	}
	return n(i, name)
}

// lookUp finds the id of the one item that a list is asked for.
func lookUp[Req, Item any](i *invocation, l listing[Req, Item], req Req, what string, id func(Item) string) (string, error) {
	page, _, err := ask(i, l.route, req)
	if err != nil {
		return "", err
	}
	if len(page.Items) == 0 {
		return "", &refusal{spec: l.route.Spec(), cause: errs.E(errs.NotFound, "not_found", fmt.Sprintf("There is no %s.", what))}
	}
	return id(page.Items[0]), nil
}
