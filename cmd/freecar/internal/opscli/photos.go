package opscli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"

	"github.com/spf13/cobra"

	"freecar/internal/wire"
	"freecar/profile/profileapi"
)

func (t *tool) licencePhoto() *cobra.Command {
	var p photo
	cmd := &cobra.Command{
		Use: "photo <account>", Short: "Save the photo of a licence",
		Long: `Save the photo of a licence in a file that you alone may read, licence-<account> by default.
--link prints an address instead that shows it for a while to whoever has it.`,
		Example: `  freecar ops licences photo 7143305966085829
  freecar ops licences photo ada@example.com --output - | display
  freecar ops licences photo ada@example.com --link`,
		ValidArgsFunction: t.completing(pendingLicences, 1),
	}
	p.flags(cmd)
	return t.leaf(cmd, one, func(i *invocation, args []string) error {
		account, err := accountNamed(i, args[0])
		if err != nil {
			return err
		}
		link, raw, err := ask(i, profileapi.InspectPhoto, profileapi.InspectRequest{AccountID: account})
		if err != nil {
			return err
		}
		if i.json {
			return i.printJSON(raw)
		}
		return p.take(i, link, "licence-"+account)
	})
}

// photo is what is to become of one.
type photo struct {
	output string
	link   bool
}

func (p *photo) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&p.output, "output", "o", "", "the `file` to write, which must not be there; - is stdout")
	cmd.Flags().BoolVar(&p.link, "link", false, "print an address that shows it for a while")
	cmd.MarkFlagsMutuallyExclusive("output", "link")
}

func (p *photo) take(i *invocation, link wire.PhotoLink, name string) error {
	if p.link {
		_, err := fmt.Fprintln(i.out, cell(link.URL))
		return err
	}
	resp, err := i.client.Fetch(i.ctx, link.URL)
	if err != nil {
		return fmt.Errorf("the photo: %w", err)
	}
	defer resp.Body.Close()
	if p.output == "-" {
		_, err := io.Copy(i.out, resp.Body)
		return err
	}
	file := cmp.Or(p.output, name+ending(resp.Header.Get("Content-Type")))
	if err := save(file, resp.Body); err != nil {
		return err
	}
	i.say("The photo is in %s.", file)
	return nil
}

// ending is what files of a media type end with.
func ending(media string) string {
	kind, _, _ := mime.ParseMediaType(media)
	switch kind {
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "image/webp":
		return ".webp"
	default:
		return ""
	}
}

// save writes a file that was not there, for its owner alone; none is left of a failure.
func save(path string, from io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: remove it, or choose another --output", path)
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
