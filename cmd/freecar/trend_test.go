package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// series is one figure over time.
type series struct {
	name, unit string
	at, value  []float64 // at in seconds
}

// growth is how much a figure grew over its time by its trend: the median of the slopes
// between all pairs (Theil-Sen), which a burst here and there does not move.
func (s series) growth() float64 {
	if len(s.at) < 2 {
		return 0
	}
	var slopes []float64
	for i := range s.at {
		for j := i + 1; j < len(s.at); j++ {
			slopes = append(slopes, (s.value[j]-s.value[i])/(s.at[j]-s.at[i]))
		}
	}
	return median(slopes) * (s.at[len(s.at)-1] - s.at[0])
}

// later is the series without its first third, in which caches fill.
func (s series) later() series {
	from := len(s.at) / 3
	s.at, s.value = s.at[from:], s.value[from:]
	return s
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// bound is how much a figure may grow over the judged time: a share of what it is, or a
// number where that is less.
type bound struct{ share, least float64 }

// verdict is empty for a figure that is steady.
func (b bound) verdict(s series) string {
	judged := s.later()
	most := max(b.least, b.share*median(judged.value))
	if grew := judged.growth(); grew > most {
		return fmt.Sprintf("%s grew by %.1f %s within %.0f s, and may by %.1f", s.name, grew, s.unit, judged.at[len(judged.at)-1]-judged.at[0], most)
	}
	return ""
}

func TestTrend(t *testing.T) {
	of := func(f func(i float64) float64) series {
		s := series{name: "heap", unit: "MB"}
		for i := range 90 {
			s.at, s.value = append(s.at, float64(i*5)), append(s.value, f(float64(i)))
		}
		return s
	}
	noise := func(i float64) float64 { return 3 * math.Sin(i*i) }
	for name, c := range map[string]struct {
		f      func(i float64) float64
		steady bool
	}{
		"level, with noise":                    {func(i float64) float64 { return 50 + noise(i) }, true},
		"fills in the first third":             {func(i float64) float64 { return min(50, 2*i) + noise(i) }, true},
		"a burst near the end":                 {func(i float64) float64 { return 50 + noise(i) + 40*math.Floor(i/85) }, true},
		"falls":                                {func(i float64) float64 { return 50 - i/4 }, true},
		"grows slowly and never stops":         {func(i float64) float64 { return 50 + i/8 + noise(i) }, false},
		"grows from half of the time on":       {func(i float64) float64 { return 50 + max(0, i-45)/3 + noise(i) }, false},
		"a sawtooth whose bottom keeps rising": {func(i float64) float64 { return 50 + i/5 + math.Mod(i, 7) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (bound{share: .1, least: 4}).verdict(of(c.f)); (got == "") != c.steady {
				t.Errorf("steady is %t, got %q", c.steady, got)
			}
		})
	}
	t.Run("a plot has them all", func(t *testing.T) {
		plot := svg([]series{of(noise), {name: "empty", unit: "x"}, of(func(float64) float64 { return 7 })})
		if strings.Count(plot, "<polyline") != 2 || !strings.Contains(plot, "empty") || strings.Contains(plot, "NaN") {
			t.Errorf("got %s", plot)
		}
	})
}

// svg draws the series below one another. It is written by hand, since a library for plots
// brings fonts, rasters and a dozen modules for what are some lines.
func svg(all []series) string {
	const width, height, left, top = 900, 120, 70, 30
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">`+"\n", width+left+20, len(all)*(height+top)+20)
	fmt.Fprint(&b, `<rect width="100%" height="100%" fill="white"/>`+"\n")
	for i, s := range all {
		y := i*(height+top) + top
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="bold">%s (%s)</text><rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="#ccc"/>`+"\n",
			left, y-6, s.name, s.unit, left, y, width, height)
		if len(s.at) < 2 {
			continue
		}
		highest := max(slices.Max(s.value), 1e-9) * 1.05
		end := s.at[len(s.at)-1]
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%.4g</text><text x="%d" y="%d" text-anchor="end">0</text><text x="%d" y="%d" text-anchor="end">%.0f s</text>`+"\n",
			left-6, y+10, highest, left-6, y+height, left+width, y+height+12, end)
		fmt.Fprint(&b, `<polyline fill="none" stroke="#1a5fb4" points="`)
		for j := range s.at {
			fmt.Fprintf(&b, "%.1f,%.1f ", left+s.at[j]/end*width, float64(y+height)-max(0, s.value[j])/highest*height)
		}
		fmt.Fprint(&b, `"/>`+"\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// csv is a table of the series, which have the same times.
func csv(all []series) string {
	var b strings.Builder
	b.WriteString("seconds")
	for _, s := range all {
		fmt.Fprintf(&b, ",%s %s", s.name, s.unit)
	}
	b.WriteString("\n")
	for i, at := range all[0].at {
		fmt.Fprintf(&b, "%.0f", at)
		for _, s := range all {
			fmt.Fprintf(&b, ",%g", s.value[i])
		}
		b.WriteString("\n")
	}
	return b.String()
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Error(err)
	}
}
