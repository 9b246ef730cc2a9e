package endpoint_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/car/internal/endpoint"
	"freecar/internal/errs"
)

const header = "plate,model,pricing_plan_id,latitude,longitude,charge_percent,odometer_km\n"

// told is a line in one text: its number, and the car or why it is none.
func told(l car.ImportLine) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d", l.Number)
	for _, bad := range l.Bad {
		fmt.Fprintf(&text, " %s:%s", bad.Field, bad.Code)
	}
	if l.Bad == nil {
		fmt.Fprintf(&text, " %s|%s|%s", l.Plate, l.Model, l.PricingPlanID)
		if f := l.First; f != nil {
			fmt.Fprintf(&text, " %v,%v %v%% %dm", f.Position.Latitude, f.Position.Longitude, f.ChargePercent, f.OdometerM)
		}
	}
	return text.String()
}

func TestReadingCSV(t *testing.T) {
	for name, tc := range map[string]struct {
		list string
		want []string
	}{
		"whole lines":                  {header + "b-fc  1,e-Up,night,52.5,13.4,80.5,1.234\n", []string{"2 B-FC 1|e-Up|night 52.5,13.4 80.5% 1234m"}},
		"what may be left out":         {header + "B-FC 1,e-Up,,,,,\nB-FC 2,Zoe,,1,2,,\n", []string{"2 B-FC 1|e-Up|", "3 B-FC 2|Zoe| 1,2 100% 0m"}},
		"columns in any order":         {"model,plate\nZoe,B-FC 1\n", []string{"2 B-FC 1|Zoe|"}},
		"a byte order mark":            {"\ufeffplate,model\nB-FC 1,Zoe\n", []string{"2 B-FC 1|Zoe|"}},
		"lines as Windows ends them":   {"plate,model\r\nB-FC 1,Zoe\r\n", []string{"2 B-FC 1|Zoe|"}},
		"no end of the last line":      {"plate,model\nB-FC 1,Zoe", []string{"2 B-FC 1|Zoe|"}},
		"quotes":                       {"\"plate\",model\n\"B-FC 1\",\"Zoe \"\"R\"\", 2\"\n", []string{`2 B-FC 1|Zoe "R", 2|`}},
		"spaces around":                {"plate , model\n  B-FC 1 , Zoe\n", []string{"2 B-FC 1|Zoe|"}},
		"empty lines":                  {"plate,model\n\n,\n \nB-FC 1,Zoe\n,,\n", []string{"5 B-FC 1|Zoe|"}},
		"no lines":                     {"plate,model\n", nil},
		"the equator":                  {header + "B-FC 1,Zoe,,0,0,0,0\n", []string{"2 B-FC 1|Zoe| 0,0 0% 0m"}},
		"a number in full":             {header + "B-FC 1,Zoe,,+5.25e1,-1.3,1E1,.5\n", []string{"2 B-FC 1|Zoe| 52.5,-1.3 10% 500m"}},
		"a line too short or too long": {"plate,model\nB-FC 1\nB-FC 2,Zoe,x\nB-FC 3,Zoe\n", []string{"2 :wrong_columns", "3 :wrong_columns", "4 B-FC 3|Zoe|"}},
		"a line break in a cell":       {"plate,model\n\"B-FC 1\",\"Z\noe\"\nB-FC 2,Zoe\n", []string{"2 model:invalid", "4 B-FC 2|Zoe|"}},
		"a bare quote":                 {"plate,model\nB-FC 1,Z\"oe\nB-FC 2,Zoe\n", []string{"2 :malformed", "3 B-FC 2|Zoe|"}},
		"something behind a quote":     {"plate,model\n\"B-FC 1\"x,Zoe\nB-FC 2,Zoe\n", []string{"2 :malformed", "3 B-FC 2|Zoe|"}},
		"a quote without an end":       {"plate,model\nB-FC 1,Zoe\nB-FC 2,\"Zoe\nB-FC 3,Zoe\n", []string{"2 B-FC 1|Zoe|", "3 :malformed"}},
		"another encoding":             {"plate,model\n\xc4-FC 1,Zo\xe9\nB-FC 2,Zoe\n", []string{"2 plate:invalid model:invalid", "3 B-FC 2|Zoe|"}},
		"control characters":           {"plate,model\nB-FC\x001,Zoe\nB-FC 2,Z\x00oe\nB-FC 3,Z\x1boe\n", []string{"2 plate:invalid", "3 model:invalid", "4 model:invalid"}},
		"a formula is a text":          {"plate,model\nB-FC 1,=1+1\n", []string{"2 B-FC 1|=1+1|"}},
		"a decimal comma":              {header + "B-FC 1,Zoe,,\"52,5\",13,,\n", []string{"2 latitude:invalid"}},
		"what is no number":            {header + "B-FC 1,Zoe,,NaN,Inf,0x1p4,1_0\n", []string{"2 latitude:invalid longitude:invalid charge_percent:invalid odometer_km:invalid"}},
		"a number too large":           {header + "B-FC 1,Zoe,,1e999,2,3,4\n", []string{"2 latitude:invalid"}},
		"out of range": {header + "B-FC 1,Zoe,,91,-181,101,-1\nB-FC 2,Zoe,,1,1,1,10000001\n",
			[]string{"2 latitude:too_large longitude:too_small charge_percent:too_large odometer_km:too_small", "3 odometer_km:too_large"}},
		"half a place":           {header + "B-FC 1,Zoe,,52.5,,,\nB-FC 2,Zoe,,,13,,\n", []string{"2 longitude:required", "3 latitude:required"}},
		"a charge without place": {header + "B-FC 1,Zoe,,,,80,\n", []string{"2 latitude:required longitude:required"}},
		"all that is wrong":      {header + ",,\x01,,1,2,\n", []string{"2 plate:required model:required pricing_plan_id:invalid latitude:required"}},
		"too long":               {"plate,model\n" + strings.Repeat("A", 13) + "," + strings.Repeat("m", 61) + "\n", []string{"2 model:too_long plate:invalid"}},
	} {
		t.Run(name, func(t *testing.T) { reads(t, endpoint.ReadCSV, tc.list, tc.want) })
	}
}

func reads(t *testing.T, read func(io.Reader) ([]car.ImportLine, error), list string, want []string) {
	t.Helper()
	for _, r := range []io.Reader{strings.NewReader(list), iotest.OneByteReader(strings.NewReader(list))} {
		lines, err := read(r)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range lines {
			got = append(got, told(l))
		}
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestReadingHeaders(t *testing.T) {
	for name, tc := range map[string]struct{ list, want string }{
		"nothing":            {"", "header:required"},
		"only a mark":        {"\ufeff", "header:required"},
		"a quote":            {"\"plate\nB-FC 1,Zoe\n", "header:required"},
		"no names":           {"B-FC 1,Zoe\nB-FC 2,Zoe\n", "B-FC 1:unknown Zoe:unknown plate:required model:required"},
		"no plate":           {"model\nZoe\n", "plate:required"},
		"no model":           {"plate\nB-FC 1\n", "model:required"},
		"another name":       {"plate,model,colour\n", "colour:unknown"},
		"another case":       {"Plate,model\n", "Plate:unknown plate:required"},
		"a column twice":     {"plate,model,plate\n", "plate:repeated"},
		"semicolons":         {"plate;model\n", "plate;model:unknown plate:required model:required"},
		"a device":           {"plate,model,device_id\n", "device_id:unknown"},
		"another encoding":   {"pl\xe4te,model\n", "plte:unknown plate:required"},
		"an empty name":      {"plate,model,\n", ":unknown"},
		"far too many names": {strings.Repeat("x,", 1000) + "plate,model\n", strings.TrimSpace(strings.Repeat("x:unknown ", 20))},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := endpoint.ReadCSV(strings.NewReader(tc.list))
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || e.Kind != errs.Invalid || lines != nil {
				t.Fatalf("got %v, %v", lines, err)
			}
			var got []string
			for _, f := range e.Fields {
				got = append(got, f.Field+":"+f.Code)
			}
			if text := strings.Join(got, " "); text != tc.want {
				t.Errorf("got %q", text)
			}
		})
	}
}

func TestReadingJSONLines(t *testing.T) {
	for name, tc := range map[string]struct {
		list string
		want []string
	}{
		"whole lines": {`{"plate":"b-fc 1","model":"e-Up","pricing_plan_id":"night","latitude":52.5,"longitude":13.4,"charge_percent":80.5,"odometer_km":1.234}` + "\n",
			[]string{"1 B-FC 1|e-Up|night 52.5,13.4 80.5% 1234m"}},
		"what may be left out": {`{"plate":"B-FC 1","model":"Zoe"}`, []string{"1 B-FC 1|Zoe|"}},
		"a mark, empty lines":  {"\ufeff" + `{"plate":"B-FC 1","model":"Zoe"}` + "\r\n\r\n  \n" + `{"plate":"B-FC 2","model":"Zoe"}`, []string{"1 B-FC 1|Zoe|", "4 B-FC 2|Zoe|"}},
		"nothing":              {"", nil},
		"no JSON":              {"B-FC 1\n" + `{"plate":"B-FC 2","model":"Zoe"}`, []string{"1 :malformed", "2 B-FC 2|Zoe|"}},
		"no object":            {"[]\nnull\n7\n\"x\"\n", []string{"1 :wrong_type", "2 :wrong_type", "3 :wrong_type", "4 :wrong_type"}},
		"half an object":       {`{"plate":`, []string{"1 plate:malformed"}},
		"two objects":          {`{"plate":"B-FC 1","model":"Zoe"} {}`, []string{"1 :malformed"}},
		"another member":       {`{"plate":"B-FC 1","model":"Zoe","colour":"red"}`, []string{"1 colour:unknown"}},
		"a member twice":       {`{"plate":"B-FC 1","plate":"B-FC 2","model":"Zoe"}`, []string{"1 plate:repeated"}},
		"another type":         {`{"plate":7,"model":"Zoe"}`, []string{"1 plate:wrong_type"}},
		"another encoding":     {"{\"plate\":\"\xc4\",\"model\":\"Zoe\"}", []string{"1 plate:malformed"}},
		"a NUL":                {`{"plate":"B-FC 1","model":"Z\u0000oe"}`, []string{"1 model:invalid"}},
		"a number too large":   {`{"plate":"B-FC 1","model":"Zoe","latitude":1e999,"longitude":1}`, []string{"1 latitude:wrong_type"}},
		"out of range":         {`{"plate":"B-FC 1","model":"Zoe","latitude":91,"longitude":1}`, []string{"1 latitude:too_large"}},
		"deep":                 {strings.Repeat("[", 20_000), []string{"1 :wrong_type"}},
	} {
		t.Run(name, func(t *testing.T) { reads(t, endpoint.ReadJSONLines, tc.list, tc.want) })
	}
}

func TestReadingTooMuch(t *testing.T) {
	one := map[string]string{"csv": "B-FC 1,Zoe\n", "json": `{"plate":"B-FC 1","model":"Zoe"}` + "\n"}
	read := map[string]func(string) ([]car.ImportLine, error){
		"csv": func(s string) ([]car.ImportLine, error) {
			return endpoint.ReadCSV(strings.NewReader("plate,model\n" + s))
		},
		"json": func(s string) ([]car.ImportLine, error) { return endpoint.ReadJSONLines(strings.NewReader(s)) },
	}
	for _, kind := range slices.Sorted(maps.Keys(read)) {
		t.Run(kind, func(t *testing.T) {
			full := strings.Repeat(one[kind], carapi.ImportLinesAtMost)
			if lines, err := read[kind](full); err != nil || len(lines) != carapi.ImportLinesAtMost {
				t.Errorf("%d lines, %v", len(lines), err)
			}
			if _, err := read[kind](full + one[kind]); errs.KindOf(err) != errs.TooLarge || errs.CodeOf(err) != "too_many_lines" {
				t.Errorf("one more: %v", err)
			}
		})
	}
	t.Run("what breaks off is an error", func(t *testing.T) {
		broken := errors.New("broken")
		for _, read := range []func(io.Reader) ([]car.ImportLine, error){endpoint.ReadCSV, endpoint.ReadJSONLines} {
			for _, begun := range []string{"", "plate,model\n", "plate,model\nB-FC 1,Z"} {
				if _, err := read(io.MultiReader(strings.NewReader(begun), iotest.ErrReader(broken))); !errors.Is(err, broken) {
					t.Errorf("after %q: %v", begun, err)
				}
			}
		}
	})
}

// FuzzImport holds both readers to what must hold of any list: no panic, lines in
// order, and what is let through is a car that could be registered.
func FuzzImport(f *testing.F) {
	f.Add("plate,model\nB-FC 1,Zoe\n", false)
	f.Add(header+"B-FC 1,Zoe,night,52.5,13.4,80,1.5\n", false)
	f.Add("\ufeffplate,model\r\n\"B\"\"\",\"x\ny\"\r\n", false)
	f.Add(`{"plate":"B-FC 1","model":"Zoe","latitude":52.5,"longitude":13.4}`+"\n", true)
	f.Fuzz(func(t *testing.T, list string, asJSON bool) {
		read := endpoint.ReadCSV
		if asJSON {
			read = endpoint.ReadJSONLines
		}
		lines, err := read(strings.NewReader(list))
		if err != nil {
			if kind := errs.KindOf(err); kind != errs.Invalid && kind != errs.TooLarge {
				t.Fatalf("a list is a fault: %v", err)
			}
			return
		}
		before := 0
		for _, l := range lines {
			if l.Number <= before || l.Number > strings.Count(list, "\n")+1 {
				t.Fatalf("line %d after line %d", l.Number, before)
			}
			before = l.Number
			for _, bad := range l.Bad {
				if bad.Code == "" || bad.Detail == "" || !utf8.ValidString(bad.Field+bad.Detail) {
					t.Errorf("line %d is refused by %+v", l.Number, bad)
				}
			}
			if l.Bad == nil {
				sound(t, l)
			}
		}
	})
}

func sound(t *testing.T, l car.ImportLine) {
	t.Helper()
	plate, err := car.ParsePlate(l.Plate)
	control := func(r rune) bool { return r < ' ' || r == 0x7f }
	if err != nil || plate != l.Plate || l.Model == "" || strings.ContainsFunc(l.Model+l.PricingPlanID, control) || !utf8.ValidString(l.Plate+l.Model+l.PricingPlanID) {
		t.Errorf("let through %+v, %v", l, err)
	}
	if r := l.First; r != nil {
		heard := *r
		heard.CarID, heard.At, heard.ReceivedAt = "c", start, start
		if err := heard.Check(car.DefaultPolicy()); err != nil {
			t.Errorf("let through %+v: %v", heard, err)
		}
	}
}
