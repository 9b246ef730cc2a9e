package opscli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/internal/kitx"
	"freecar/user/userapi"
)

var deviceColumns = []column[userapi.Device]{
	col("ID", func(d userapi.Device) string { return d.ID }),
	col("NAME", func(d userapi.Device) string { return d.Name }),
	figure("CARS", func(d userapi.Device) string { return integer(len(d.CarIDs)) }),
	col("CREATED", func(d userapi.Device) string { return when(d.CreatedAt) }),
	col("REVOKED", func(d userapi.Device) string { return whenever(d.RevokedAt) }),
}

var newDeviceColumns = []column[userapi.RegisteredDevice]{
	col("ID", func(d userapi.RegisteredDevice) string { return d.ID }),
	col("SECRET", func(d userapi.RegisteredDevice) string { return d.Secret }),
}

var deviceList = listing[userapi.DevicesRequest, userapi.Device]{
	use: "list", short: "List devices, newest first", items: "devices",
	example: `  freecar ops devices list
  freecar ops devices list --json | jq 'select(.revoked_at == null) | {name, car_ids}'`,
	route: userapi.Devices, columns: deviceColumns,
}

var deviceIDs = candidates(deviceList, nil,
	func(d userapi.Device) string { return d.ID },
	func(d userapi.Device) string { return d.Name })

func (t *tool) devices() *cobra.Command {
	return t.group("devices", "What speaks for cars", "", `  freecar ops devices list
  freecar ops devices create --name "Zoe 1001" --car "B-FC 1001"`,
		deviceList.command(t), t.createDevice(),
		bulk[userapi.DeviceRequest, kitx.None]{
			use: "revoke <device-id>...", short: "Shut devices out", thing: "device", things: "devices", loses: "shuts out",
			long:    "Shut devices out, for good and at once: a stolen one, say. Their cars need another.",
			example: `  freecar ops devices revoke 01a20612-203f-762b-8929-d9d2a7940edc`,
			route:   userapi.RevokeDevice, complete: deviceIDs,
			id:   func(r *userapi.DeviceRequest) *string { return &r.ID },
			done: func(kitx.None) string { return "revoked" },
		}.command(t),
	)
}

func (t *tool) createDevice() *cobra.Command {
	cmd := single[userapi.RegisterDeviceRequest, userapi.RegisteredDevice]{
		use: "create --name <name> --car <car>...", short: "Make a device's credential",
		long: `Make the credential of a device that speaks for cars, called by their ids or plates. Its
secret is shown this once.`,
		example: `  freecar ops devices create --name "Zoe 1001" --car "B-FC 1001"
  freecar ops devices create --name simulator --json > device.json`,
		route: userapi.RegisterDevice, columns: newDeviceColumns,
		flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *userapi.RegisterDeviceRequest) {
			r.CarIDs = []string{}
			f.StringVar(&r.Name, "name", "", "what it is called")
			f.StringSliceVar(&r.CarIDs, "car", nil, "a `car` that it speaks for; can be given again")
			required(cmd, "name")
		},
		prepare: func(i *invocation, r *userapi.RegisterDeviceRequest) (err error) {
			for n := range r.CarIDs {
				if r.CarIDs[n], err = carNamed(i, r.CarIDs[n]); err != nil {
					return err
				}
			}
			return nil
		},
	}.command(t)
	completeFlag(t, cmd, "car", carIDs)
	return cmd
}
