package car_test

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"freecar/car"
	"freecar/internal/errs"
	"freecar/internal/geo"
)

// FuzzPlate: a plate has one form, whoever types it on whatever keyboard.
func FuzzPlate(f *testing.F) {
	for _, text := range []string{"b-fc  1", " B\u00a0FC\t1\n", "\u00c4-FC 1", "A\u0308-FC 1", "\u212b-1", "ﬁ-1", "ß-1", "ŉ1", "ı1", "京A 12345", "A\u200b1", "\xff1", "ＡＢ１", strings.Repeat("A", 13), "-", "- -", "A\u2028B", "٣٤"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plate, err := car.ParsePlate(text)
		if err != nil {
			if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Invalid || e.Fields[0].Field != "plate" {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if n := len([]rune(plate)); n < 2 || n > 12 || strings.ContainsFunc(plate, unicode.IsControl) || strings.TrimSpace(plate) != plate {
			t.Errorf("%q is the plate %q", text, plate)
		}
		for what, same := range map[string]string{"itself": plate, "in small letters": strings.ToLower(plate), "composed": norm.NFC.String(text), "decomposed": norm.NFD.String(text), "with spaces": " " + strings.ReplaceAll(text, " ", "\t ") + "\n"} {
			if what == "in small letters" && strings.ToUpper(same) != plate {
				continue // letters whose small form is another letter's, too
			}
			if again, err := car.ParsePlate(same); err != nil || again != plate {
				t.Errorf("%q is the plate %q, and %s %q, %v", text, plate, what, again, err)
			}
		}
	})
}

// anyReading makes a reading of what a fuzzer wrote.
func anyReading(script []byte) (r car.Reading, device string, state car.State, rest []byte) {
	var word [24]byte
	rest = script[copy(word[:], script):]
	number := func(i int) int64 { return int64(int16(binary.LittleEndian.Uint16(word[i:]))) }
	device = []string{"device", "device-2", ""}[word[0]%3]
	state = []car.State{car.Available, car.OnTrip, car.Stopped, car.Removed, car.NonContactable}[word[1]%5]
	r = car.Reading{
		CarID: "car-1", DeviceID: device, At: time.UnixMilli(number(2) * 7_000).UTC(), ReceivedAt: time.UnixMilli(number(4) * 60_000).UTC(), OdometerM: number(6) * 50,
		Position:      geo.Position{Latitude: float64(math.Float32frombits(binary.LittleEndian.Uint32(word[8:]))), Longitude: float64(number(12)) / 100},
		ChargePercent: float64(math.Float32frombits(binary.LittleEndian.Uint32(word[14:]))), SpeedKMH: float64(number(18)) / 10,
	}
	switch word[20] {
	case 1:
		r.CarID = ""
	case 2:
		r.OdometerM = car.Metres(math.Float64frombits(binary.LittleEndian.Uint64(word[2:])))
	case 3:
		r.At = time.Time{}
	}
	return r, device, state, rest
}

// FuzzJudge holds readings in any order, number and quality to invariant 23: finite and in
// range, an older one never overwrites a newer one, the odometer never falls, and never
// jumps, but where a new box counts from elsewhere.
func FuzzJudge(f *testing.F) {
	policy := car.DefaultPolicy()
	reading := func(device, state byte, at, received, odometer int16) []byte {
		b := []byte{device, state}
		for _, n := range []int16{at, received, odometer} {
			b = binary.LittleEndian.AppendUint16(b, uint16(n))
		}
		return append(b, make([]byte, 16)...)
	}
	f.Add(append(reading(0, 0, 1, 1, 1), reading(0, 0, 0, 2, 2)...))
	f.Add(append(reading(0, 1, 1, 1, 9), reading(0, 1, 2, 2, 8)...))
	f.Add(append(reading(0, 1, 1, 1, 0), reading(0, 1, 2, 1, 32767)...))
	f.Add(append(reading(0, 0, 1, 1, 9), reading(1, 0, 2, 2, 0)...))
	f.Add(append(reading(0, 0, -1, 1, 9), reading(0, 0, 0, 2, 10)...))
	f.Fuzz(func(t *testing.T, script []byte) {
		s := car.Standing{DeviceID: "device"}
		for len(script) > 0 {
			var r car.Reading
			var device string
			r, device, s.State, script = anyReading(script)
			checked, judged := r.Check(policy), s.Judge(device, r, policy)
			possible := r.Position.Valid() && r.CarID != "" && r.At.UnixMilli() > 0 && r.ChargePercent >= 0 && r.ChargePercent <= 100 && r.SpeedKMH >= 0 && r.SpeedKMH <= 400 &&
				r.OdometerM >= 0 && !r.At.After(r.ReceivedAt.Add(policy.ClockSkew))
			if (checked == nil) != possible {
				t.Fatalf("%+v: %v", r, checked)
			}
			if checked != nil || judged != nil {
				continue
			}
			if device != s.DeviceID || s.State == car.Removed {
				t.Fatalf("%q speaks for a car of %q", device, s.DeviceID)
			}
			if last := s.Last; last != nil {
				newBox := last.DeviceID != device && s.State != car.OnTrip && s.State != car.Stopped
				hours := max(0, r.ReceivedAt.Sub(last.ReceivedAt)).Hours()
				switch {
				case !r.At.After(last.At):
					t.Fatalf("%v overwrites %v", r.At, last.At)
				case !newBox && (r.OdometerM < last.OdometerM || float64(r.OdometerM-last.OdometerM) > 250_000*hours+10_001):
					t.Fatalf("from %d m to %d m in %f hours", last.OdometerM, r.OdometerM, hours)
				}
			}
			s.Last = &r
			if s.State != car.OnTrip { // now and then another box
				s.DeviceID = []string{"device", "device-2"}[r.OdometerM/50%2]
			}
		}
	})
}
