package nearby

import (
	"encoding/binary"
	"math"
	"testing"

	"freecar/internal/geo"
)

// operations reads what a fuzzer wrote: a byte for what is done and to which of 40 cars,
// and two numbers for where.
func operations(script []byte, each func(op, car int, p geo.Position)) {
	const size = 10
	for ; len(script) >= size; script = script[size:] {
		lat, lon := math.Float32frombits(binary.LittleEndian.Uint32(script[2:])), math.Float32frombits(binary.LittleEndian.Uint32(script[6:]))
		p := geo.Position{Latitude: float64(lat), Longitude: float64(lon)}
		if script[0]&0x80 != 0 { // a valid one, for most numbers are not
			p = geo.Position{Latitude: float64(int8(script[2])) * 90 / 128, Longitude: float64(int16(binary.LittleEndian.Uint16(script[3:]))) * 180 / 32768}
		}
		each(int(script[0]&3), int(script[1]%40), p)
	}
}

// FuzzSearch holds the index against a scan over all cars: nearest and in a box, with
// whatever numbers, poles and antimeridian.
func FuzzSearch(f *testing.F) {
	car := func(op, car byte, lat, lon float32) []byte {
		b := []byte{op, car}
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(lat))
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(lon))
	}
	var many []byte
	for i := range byte(40) {
		many = append(many, 0x80, i, i*6, i*13, i*7, 0, 0, 0, 0, 0)
	}
	nan := math.NaN()
	f.Add(append(car(0, 1, 52.5, 13.4), car(0, 2, 52.6, 13.5)...), 52.5, 13.4, 1000.0, 5, 13.0, 52.0, 14.0, 53.0)
	f.Add(append(car(0, 1, 90, 0), car(0, 2, -90, 180)...), 90.0, -180.0, math.Inf(1), 1, 170.0, -90.0, -170.0, 90.0)
	f.Add(append(car(0, 1, 0, 180), car(1, 1, 0, -180)...), 0.0, 180.0, 0.0, 100, 180.0, 0.0, -180.0, 0.0)
	f.Add(many, 10.0, 10.0, 2e6, 7, -180.0, -90.0, 180.0, 90.0)
	f.Add(many, nan, 10.0, nan, -1, nan, 1.0, 2.0, 3.0)
	f.Add(many, 0.0, 0.0, -0.0, 40, 10.0, 20.0, 10.0, 20.0)
	f.Fuzz(func(t *testing.T, script []byte, lat, lon, radiusM float64, limit int, west, south, east, north float64) {
		x, all := New[int](), map[string]Hit[int]{}
		operations(script[:min(len(script), 4000)], func(op, car int, p geo.Position) {
			key := keyOf(car)
			if op == 3 {
				x.Delete(key)
				delete(all, key)
				return
			}
			if x.Put(key, p, car) != p.Valid() {
				t.Fatalf("Put at %v", p)
			}
			if p.Valid() {
				all[key] = Hit[int]{Key: key, Position: p, Value: car}
			}
		})
		if x.Len() != len(all) {
			t.Fatalf("%d cars, not %d", x.Len(), len(all))
		}
		from, box := geo.Position{Latitude: lat, Longitude: lon}, Box{west, south, east, north}
		limit %= 64
		earth, even := wholeEarth.box, func(i int) bool { return i%2 == 0 }
		want := func(ok bool, b Box, radius float64, accept func(int) bool) []Hit[int] {
			if !ok || !from.Valid() || limit <= 0 {
				return nil
			}
			return scan(all, from, radius, b, limit, accept)
		}
		same(t, "nearest", x.Nearest(from, radiusM, limit, nil), want(radiusM >= 0, earth, radiusM, nil))
		same(t, "nearest of some", x.Nearest(from, radiusM, limit, even), want(radiusM >= 0, earth, radiusM, even))
		same(t, "within", x.Within(box, from, limit, nil), want(box.Valid(), box, math.Inf(1), nil))
		same(t, "within, of some", x.Within(box, from, limit, even), want(box.Valid(), box, math.Inf(1), even))
	})
}
