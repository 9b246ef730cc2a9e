package opscli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/user/userapi"
)

var newDeviceColumns = []column[userapi.RegisteredDevice]{
	col("ID", func(d userapi.RegisteredDevice) string { return d.ID }),
	col("SECRET", func(d userapi.RegisteredDevice) string { return d.Secret }),
}

func (t *tool) devices() *cobra.Command {
	return t.group("devices", "What speaks for cars", "", `  freecar ops devices create --name "Zoe 1001" --car 01a20612-203f-762b-8929-d9d2a7940edc`,
		single[userapi.RegisterDeviceRequest, userapi.RegisteredDevice]{
			use: "create --name <name> --car <car-id>...", short: "Make a device's credential",
			long: "Make the credential of a device that speaks for cars. Its secret is shown this once.",
			example: `  freecar ops devices create --name "Zoe 1001" --car 01a20612-203f-762b-8929-d9d2a7940edc
  freecar ops devices create --name simulator --json > device.json`,
			route: userapi.RegisterDevice, columns: newDeviceColumns,
			flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *userapi.RegisterDeviceRequest) {
				r.CarIDs = []string{}
				f.StringVar(&r.Name, "name", "", "what it is called")
				f.StringSliceVar(&r.CarIDs, "car", nil, "the `id` of a car that it speaks for; can be given again")
				required(cmd, "name")
				completeFlag(t, cmd, "car", carIDs)
			},
		}.command(t),
	)
}
