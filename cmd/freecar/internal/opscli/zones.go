package opscli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"freecar/internal/kitx"
	"freecar/trip/tripapi"
)

var zoneColumns = []column[tripapi.Feature]{
	col("ID", func(z tripapi.Feature) string { return z.Properties.ID }),
	col("NAME", func(z tripapi.Feature) string { return z.Properties.Name }),
	col("TRIPS MAY END", func(z tripapi.Feature) string {
		return yesNo(z.Properties.RideEndAllowed != nil && *z.Properties.RideEndAllowed)
	}),
	figure("PARTS", func(z tripapi.Feature) string { return integer(len(z.Geometry.Parts)) }),
	figure("POSITIONS", func(z tripapi.Feature) string { return integer(positions(z)) }),
}

func positions(z tripapi.Feature) int {
	n := 0
	for _, part := range z.Geometry.Parts {
		for _, ring := range part {
			n += len(ring)
		}
	}
	return n
}

func (t *tool) zones() *cobra.Command {
	return t.group("zones", "Where trips may end",
		`The zones where trips may end, all at once, as GeoJSON. To change them, save them, edit
the file with any GeoJSON editor, and put it back.`,
		`  freecar ops zones get > zones.geojson
  freecar ops zones put zones.geojson`,
		t.listZones(), t.getZones(), t.validateZones(), t.putZones())
}

func (t *tool) listZones() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the zones",
		Aliases: []string{"ls"},
		Example: `  freecar ops zones list
  freecar ops zones list --json | jq -r .properties.name`,
	}
	return t.leaf(cmd, none, func(i *invocation, _ []string) error {
		zones, raw, err := ask(i, tripapi.GetZones, kitx.None{})
		if err != nil {
			return err
		}
		var documents struct {
			Features []jsontext.Value `json:"features"`
		}
		if err := json.Unmarshal(raw, &documents); err != nil {
			return err
		}
		all := sink[tripapi.Feature]{invocation: i, items: "zones", columns: zoneColumns}
		return errors.Join(all.take(zones.Features, documents.Features), all.end(true))
	})
}

func (t *tool) getZones() *cobra.Command {
	cmd := &cobra.Command{
		Use: "get", Short: "Print the zones as GeoJSON",
		Example: `  freecar ops zones get > zones.geojson`,
	}
	return t.leaf(cmd, none, func(i *invocation, _ []string) error {
		_, raw, err := ask(i, tripapi.GetZones, kitx.None{})
		if err != nil {
			return err
		}
		return i.printJSON(raw)
	})
}

const zonesLong = ` What would change is shown zone by zone.
A file that says which version it was made from is refused when somebody else has changed
the zones since.`

func (t *tool) validateZones() *cobra.Command {
	cmd := &cobra.Command{
		Use: "validate <file>", Short: "Check a GeoJSON file of zones, and change nothing",
		Long:              "Check a GeoJSON file of zones, and change nothing; - is stdin." + zonesLong,
		Example:           `  freecar ops zones validate zones.geojson`,
		ValidArgsFunction: jsonFiles,
	}
	return t.leaf(cmd, one, func(i *invocation, args []string) error {
		zones, changes, err := i.compareZones(args[0])
		if err != nil {
			return err
		}
		zones.DryRun = true
		if _, _, err := ask(i, tripapi.PutZones, zones); err != nil {
			return err
		}
		for _, d := range changes {
			i.say("%s", d)
		}
		_, err = fmt.Fprintf(i.out, "%s is right: %d zones, %d changes\n", fileName(args[0]), len(zones.Features), len(changes))
		return err
	})
}

func (t *tool) putZones() *cobra.Command {
	cmd := &cobra.Command{
		Use: "put <file>", Short: "Replace all zones by those of a GeoJSON file",
		Long: "Replace all zones by those of a GeoJSON file; - is stdin." + zonesLong,
		Example: `  freecar ops zones put zones.geojson
  freecar ops zones put zones.geojson --yes`,
		ValidArgsFunction: jsonFiles,
	}
	return t.leaf(cmd, one, func(i *invocation, args []string) error {
		zones, changes, err := i.compareZones(args[0])
		if err != nil {
			return err
		}
		if yes, err := i.agreed("zones", changes); err != nil || !yes {
			return err
		}
		set, raw, err := ask(i, tripapi.PutZones, zones)
		if err != nil {
			return err
		}
		if i.json {
			return i.printJSON(raw)
		}
		version := "unknown"
		if set.Version != nil {
			version = integer(*set.Version)
		}
		_, err = fmt.Fprintf(i.out, "%d zones, version %s\n", len(set.Features), version)
		return err
	})
}

// compareZones reads a file of zones and says what it would change.
func (i *invocation) compareZones(path string) (tripapi.PutZonesRequest, []difference, error) {
	var wanted tripapi.PutZonesRequest
	raw, err := i.document(path)
	if err != nil {
		return wanted, nil, err
	}
	if err := strictly(raw, &wanted.FeatureCollection); err != nil {
		return wanted, nil, fmt.Errorf("%s is no set of zones: %w", fileName(path), err)
	}
	now, _, err := ask(i, tripapi.GetZones, kitx.None{})
	if err != nil {
		return wanted, nil, err
	}
	changes, err := zoneChanges(now.Features, wanted.Features)
	return wanted, changes, err
}

// zoneChanges compares zones by their ids: where they stand in the file means nothing.
func zoneChanges(now, wanted []tripapi.Feature) ([]difference, error) {
	before, err := byID(now)
	if err != nil {
		return nil, err
	}
	after, err := byID(wanted)
	if err != nil {
		return nil, err
	}
	return differences(before, after)
}

// byID makes a document with a member for each zone: its properties, and its outline as
// one value, since a list of changed coordinates tells nobody anything.
func byID(zones []tripapi.Feature) (jsontext.Value, error) {
	all := map[string]any{}
	for _, z := range zones {
		outline, err := json.Marshal(z.Geometry)
		if err != nil {
			return nil, err
		}
		all[z.Properties.ID] = map[string]any{
			"name": z.Properties.Name, "ride_end_allowed": z.Properties.RideEndAllowed,
			"outline": fmt.Sprintf("%d positions (%s)", positions(z), fingerprint(outline)),
		}
	}
	return json.Marshal(all)
}

// fingerprint tells one outline from another of as many positions.
func fingerprint(outline []byte) string {
	sum := sha256.Sum256(outline)
	return hex.EncodeToString(sum[:4])
}
