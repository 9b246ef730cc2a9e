package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/idem"
	"freecar/internal/sqlitex"
	"freecar/trip"
)

// Promotions is the table of promotions and that of their redemptions.
type Promotions struct {
	trips *Trips
	event func(context.Context, trip.Promotion, trip.Change) (events.Event, error)
}

var _ trip.PromotionStore = (*Promotions)(nil)

// NewPromotions keeps promotions in the file of the trips. event writes what is published
// of a change.
func NewPromotions(trips *Trips, event func(context.Context, trip.Promotion, trip.Change) (events.Event, error)) *Promotions {
	return &Promotions{trips: trips, event: event}
}

// Create saves a new promotion.
func (s *Promotions) Create(ctx context.Context, p trip.Promotion, key idem.Key) (saved trip.Promotion, replayed bool, err error) {
	err = s.trips.db.Write(ctx, func(tx *sqlitex.Tx) error {
		saved = p
		before, err := answerOf(tx, key, p.CreatedAt)
		if replayed = before != nil; replayed || err != nil {
			if err == nil {
				saved, err = decodePromotion(before)
			}
			return err
		}
		doc, err := json.Marshal(toPromotionDoc(p))
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO promotions (id, code, doc) VALUES (?, ?, ?)`, p.ID, p.Code, doc)
		if sqlitex.Duplicate(err) {
			return trip.ErrCodeTaken
		}
		if err != nil {
			return err
		}
		if err := keepAnswer(tx, key, doc, p.CreatedAt); err != nil {
			return err
		}
		return s.append(ctx, tx, p)
	})
	if err != nil {
		return trip.Promotion{}, false, err
	}
	saved.Saved()
	return saved, replayed, nil
}

// Update changes a promotion.
func (s *Promotions) Update(ctx context.Context, id string, change func(*trip.Promotion) error) (p trip.Promotion, err error) {
	err = s.trips.db.Write(ctx, func(tx *sqlitex.Tx) (err error) {
		if p, err = scanPromotion(tx.QueryRow(`SELECT doc FROM promotions WHERE id = ?`, id)); err != nil {
			return err
		}
		if err := change(&p); err != nil || len(p.Changes()) == 0 {
			return err
		}
		doc, err := json.Marshal(toPromotionDoc(p))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE promotions SET doc = ? WHERE id = ?`, doc, id); err != nil {
			return err
		}
		return s.append(ctx, tx, p)
	})
	if err != nil {
		return trip.Promotion{}, err
	}
	p.Saved()
	return p, nil
}

func (s *Promotions) append(ctx context.Context, tx *sqlitex.Tx, p trip.Promotion) error {
	for _, c := range p.Changes() {
		e, err := s.event(ctx, p, c)
		if err != nil {
			return err
		}
		if err := s.trips.outbox.Append(tx, e); err != nil {
			return err
		}
	}
	return nil
}

// ByCode finds a promotion.
func (s *Promotions) ByCode(ctx context.Context, code string) (trip.Promotion, error) {
	return scanPromotion(s.trips.db.Reader().QueryRowContext(ctx, `SELECT doc FROM promotions WHERE code = ?`, code))
}

// Promotions lists promotions, newest first.
func (s *Promotions) Promotions(ctx context.Context, limit int, cursor string) (trip.PromotionPage, error) {
	before := int64(math.MaxInt64)
	if cursor != "" {
		err := s.trips.db.Reader().QueryRowContext(ctx, `SELECT serial FROM promotions WHERE id = ?`, cursor).Scan(&before)
		if errors.Is(err, sql.ErrNoRows) {
			err = errs.Invalidf("cursor", "invalid", "Take the cursor from next_cursor of a page.")
		}
		if err != nil {
			return trip.PromotionPage{}, err
		}
	}
	rows, err := s.trips.db.Reader().QueryContext(ctx, `SELECT redeemed, doc FROM promotions WHERE serial < ? ORDER BY serial DESC LIMIT ?`, before, limit+1)
	if err != nil {
		return trip.PromotionPage{}, err
	}
	all, err := collect(rows, scanRedeemed)
	page := trip.PromotionPage{Promotions: all}
	if len(all) > limit {
		page = trip.PromotionPage{Promotions: all[:limit], Next: all[limit-1].ID}
	}
	return page, err
}

// Redeem counts a trip.
func (s *Promotions) Redeem(ctx context.Context, r trip.Redemption) error {
	return s.trips.db.Write(ctx, func(tx *sqlitex.Tx) error {
		var givenBack bool
		err := tx.QueryRow(`SELECT given_back IS NOT NULL FROM redemptions WHERE start = ?`, r.StartID).Scan(&givenBack)
		switch {
		case err == nil && givenBack:
			return trip.ErrPromoGivenBack
		case !errors.Is(err, sql.ErrNoRows):
			return err // nil: it is counted already
		}
		var total, byAccount int64
		if err := tx.QueryRow(redeemedBy, r.PromotionID, r.PromotionID, r.Account).Scan(&total, &byAccount); err != nil {
			return err
		}
		switch {
		case byAccount >= r.AccountLimit:
			return trip.ErrPromoUsed
		case r.TotalLimit > 0 && total >= r.TotalLimit:
			return trip.ErrPromoSpent
		}
		if _, err := tx.Exec(`INSERT INTO redemptions (start, promotion, account, at) VALUES (?, ?, ?, ?)`,
			r.StartID, r.PromotionID, r.Account, r.At.UnixMilli()); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE promotions SET redeemed = redeemed + 1 WHERE id = ?`, r.PromotionID)
		return err
	})
}

const redeemedBy = `SELECT coalesce((SELECT redeemed FROM promotions WHERE id = ?), 0),
	(SELECT count(*) FROM redemptions WHERE promotion = ? AND account = ? AND given_back IS NULL)`

// GiveBack undoes a trip's redemption.
func (s *Promotions) GiveBack(ctx context.Context, startID string, at time.Time) error {
	return s.trips.db.Write(ctx, func(tx *sqlitex.Tx) error {
		if _, err := tx.Exec(`UPDATE promotions SET redeemed = redeemed - 1
			WHERE id = (SELECT promotion FROM redemptions WHERE start = ? AND given_back IS NULL)`, startID); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO redemptions (start, promotion, account, at, given_back) VALUES (?, '', '', ?, ?)
			ON CONFLICT (start) DO UPDATE SET given_back = coalesce(given_back, excluded.given_back)`, startID, at.UnixMilli(), at.UnixMilli())
		return err
	})
}

// Redeemed counts the trips that have a promotion.
func (s *Promotions) Redeemed(ctx context.Context, promotionID, account string) (total, byAccount int64, err error) {
	err = s.trips.db.Reader().QueryRowContext(ctx, redeemedBy, promotionID, promotionID, account).Scan(&total, &byAccount)
	return total, byAccount, err
}

func scanPromotion(row scanner) (trip.Promotion, error) {
	var doc []byte
	err := row.Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		err = trip.ErrNoPromotion
	}
	if err != nil {
		return trip.Promotion{}, err
	}
	return decodePromotion(doc)
}

func scanRedeemed(row scanner) (r trip.RedeemedPromotion, err error) {
	var doc []byte
	if err := row.Scan(&r.Redeemed, &doc); err != nil {
		return r, err
	}
	r.Promotion, err = decodePromotion(doc)
	return r, err
}
