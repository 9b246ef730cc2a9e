package endpoint

import (
	"freecar/internal/wire"
	"freecar/user"
	"freecar/user/userapi"
)

func toPaging(p wire.Paging) user.Paging { return user.Paging{Limit: p.Limit, Cursor: p.Cursor} }

func fromAccount(a user.Account) userapi.Account {
	return userapi.Account{
		ID:     a.ID,
		Email:  orNull(a.Email),
		Phone:  orNull(a.Phone),
		Name:   a.Name,
		Roles:  a.Roles.Names(),
		Status: string(a.Status),
	}
}

func fromGrant(g user.Grant) userapi.Session {
	return userapi.Session{
		AccessToken:  g.AccessToken,
		RefreshToken: g.RefreshToken,
		TokenType:    "Bearer",
		ExpiresIn:    int64(g.ExpiresIn.Seconds()),
	}
}

func fromSignIn(g user.Grant) userapi.SignedIn {
	w := userapi.SignedIn{Session: fromGrant(g)}
	if g.Account.ID != "" {
		account := fromAccount(g.Account)
		w.Account = &account
	}
	return w
}

func fromWallet(w user.Wallet) userapi.Wallet {
	return userapi.Wallet{
		Balance:   wire.FromMoney(w.Balance()),
		Held:      wire.FromMoney(w.Held),
		Available: wire.FromMoney(w.Available),
	}
}

func fromEntry(e user.WalletEntry) userapi.WalletEntry {
	return userapi.WalletEntry{
		ID:     e.ID,
		At:     wire.FromTime(e.At),
		Kind:   string(e.Kind),
		Amount: wire.FromMoney(e.Amount),
		TripID: orNull(e.TripID),
	}
}

func fromTopUp(t user.TopUp) userapi.TopUp {
	return userapi.TopUp{ID: t.ID, Amount: wire.FromMoney(t.Amount), State: string(t.State), At: wire.FromTime(t.At)}
}

func fromHold(h user.Hold) userapi.Hold {
	return userapi.Hold{
		TripID:    h.TripID,
		AccountID: h.AccountID,
		Amount:    wire.FromMoney(h.Amount),
		Captured:  wire.FromMoney(h.Captured),
		Refunded:  wire.FromMoney(h.Refunded),
		State:     string(h.State),
	}
}

// orNull writes an empty text as null.
func orNull[T ~string](s T) *string {
	if s == "" {
		return nil
	}
	text := string(s)
	return &text
}
