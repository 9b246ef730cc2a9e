package sqlitebus

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/sqlitex"
)

// DeadLetters is what the consumers of a bus gave up on.
type DeadLetters struct{ bus *Bus }

var _ events.DeadLetters = DeadLetters{}

// DeadLetters is what consumers gave up on.
func (b *Bus) DeadLetters() DeadLetters { return DeadLetters{b} }

// letterID is a consumer and the place of an event: "trip:4711".
type letterID struct {
	consumer string
	seq      int64
}

func (id letterID) String() string { return id.consumer + ":" + strconv.FormatInt(id.seq, 10) }

func parseLetterID(s string) (letterID, bool) {
	at := strings.LastIndexByte(s, ':')
	if at <= 0 {
		return letterID{}, false
	}
	seq, err := strconv.ParseInt(s[at+1:], 10, 64)
	id := letterID{s[:at], seq}
	return id, err == nil && seq > 0 && id.String() == s
}

// letterCursor is the last letter of a page: when it was given up, and which it is.
type letterCursor struct {
	at int64
	id letterID
}

func (c letterCursor) String() string { return strconv.FormatInt(c.at, 36) + "." + c.id.String() }

var errCursor = errs.Invalidf("cursor", "invalid", "Take it from next_cursor of the page before.")

func parseLetterCursor(s string) (letterCursor, error) {
	if s == "" {
		return letterCursor{at: math.MaxInt64}, nil
	}
	text, rest, ok := strings.Cut(s, ".")
	at, err := strconv.ParseInt(text, 36, 64)
	id, valid := parseLetterID(rest)
	if !ok || err != nil || !valid {
		return letterCursor{}, errCursor
	}
	return letterCursor{at, id}, nil
}

// List lists by the time of giving up, then consumer and place, descending.
func (l DeadLetters) List(ctx context.Context, f events.DeadLetterFilter) (events.DeadLetterPage, error) {
	var page events.DeadLetterPage
	after, err := parseLetterCursor(f.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := l.bus.db.Reader().QueryContext(ctx, `SELECT d.consumer, d.seq, d.at, d.attempts, d.reason,
			e.type, e.subject, e.version, e.at, e.trace, e.actor, e.data
		FROM dead_letters d JOIN events e ON e.seq = d.seq
		WHERE (?1 = '' OR d.consumer = ?1) AND (d.at, d.consumer, d.seq) < (?2, ?3, ?4)
		ORDER BY d.at DESC, d.consumer DESC, d.seq DESC LIMIT ?5`, f.Consumer, after.at, after.id.consumer, after.id.seq, f.Limit+1)
	if err != nil {
		return page, err
	}
	defer rows.Close()
	for rows.Next() {
		var d events.DeadLetter
		var id letterID
		var diedAt, at int64
		if err := rows.Scan(&id.consumer, &id.seq, &diedAt, &d.Attempts, &d.Error,
			&d.Event.Type, &d.Event.Subject, &d.Event.Version, &at, &d.Event.Trace, &d.Event.Actor, &d.Event.Data); err != nil {
			return page, err
		}
		if len(page.Letters) == f.Limit { // one more than asked for: there is another page
			last := page.Letters[f.Limit-1]
			lastID, _ := parseLetterID(last.ID)
			page.Next = letterCursor{last.At.UnixMilli(), lastID}.String()
			break
		}
		d.ID, d.Consumer = id.String(), id.consumer
		d.At, d.Event.Time = time.UnixMilli(diedAt).UTC(), time.UnixMilli(at).UTC()
		page.Letters = append(page.Letters, d)
	}
	return page, rows.Err()
}

// Count counts by consumer.
func (l DeadLetters) Count(ctx context.Context) (map[string]int, error) {
	rows, err := l.bus.db.Reader().QueryContext(ctx, `SELECT consumer, count(*) FROM dead_letters GROUP BY consumer`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var consumer string
		var n int
		if err := rows.Scan(&consumer, &n); err != nil {
			return nil, err
		}
		counts[consumer] = n
	}
	return counts, rows.Err()
}

// Replay makes letters deliveries again.
func (l DeadLetters) Replay(ctx context.Context, ids []string) (int, error) {
	letters := make([]letterID, 0, len(ids))
	var wrong []errs.Field
	for i, text := range ids {
		id, ok := parseLetterID(text)
		if !ok {
			wrong = append(wrong, errs.Field{Field: "ids[" + strconv.Itoa(i) + "]", Code: "invalid", Detail: "Take it from the list of dead letters."})
		}
		letters = append(letters, id)
	}
	if len(wrong) > 0 {
		return 0, errs.InvalidFields(wrong...)
	}
	return l.replay(ctx, letters...)
}

// ReplayAll makes all letters of a consumer deliveries again.
func (l DeadLetters) ReplayAll(ctx context.Context, consumer string) (int, error) {
	return l.replay(ctx, letterID{consumer: consumer})
}

// replay makes letters deliveries again; a place of 0 is every letter of the consumer.
func (l DeadLetters) replay(ctx context.Context, letters ...letterID) (replayed int, err error) {
	err = l.bus.db.Write(ctx, func(tx *sqlitex.Tx) error {
		now := l.bus.clock.Now().UnixMilli()
		for _, id := range letters {
			if _, err := tx.Exec(`INSERT INTO deliveries (consumer, seq, due)
				SELECT consumer, seq, ?1 FROM dead_letters WHERE consumer = ?2 AND (?3 = 0 OR seq = ?3) ON CONFLICT DO NOTHING`,
				now, id.consumer, id.seq); err != nil {
				return err
			}
			n, err := tx.Exec(`DELETE FROM dead_letters WHERE consumer = ?1 AND (?2 = 0 OR seq = ?2)`, id.consumer, id.seq)
			if err != nil {
				return err
			}
			replayed += int(n)
			tx.AfterCommit(func() { l.bus.waker.wake(id.consumer) })
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return replayed, nil
}

const longestError = 500

// shortened is what a failure says, as much of it as a person reads.
func shortened(failure error) string {
	text := failure.Error()
	return strings.ToValidUTF8(text[:min(len(text), longestError)], "")
}
