// A device plugin for tests: pretends GPUs of two vendors, and reserves them as NVIDIA's plugin does, by environment variables.
package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	log "github.com/hashicorp/go-hclog"
	"github.com/hashicorp/nomad/plugins"
	"github.com/hashicorp/nomad/plugins/base"
	"github.com/hashicorp/nomad/plugins/device"
	"github.com/hashicorp/nomad/plugins/shared/hclspec"
	"github.com/hashicorp/nomad/plugins/shared/structs"
)

// model is one kind of GPU, and how many of it there are.
type model struct {
	vendor, name, variable string
	memoryMiB, count       int64
}

var models = []model{
	{"nvidia", "H100", "NVIDIA_VISIBLE_DEVICES", 81559, 2},
	{"nvidia", "Tesla T4", "NVIDIA_VISIBLE_DEVICES", 15360, 1},
	{"amd", "MI300X", "AMD_VISIBLE_DEVICES", 196592, 1},
}

type fakeGpu struct{}

func (fakeGpu) PluginInfo() (*base.PluginInfoResponse, error) {
	return &base.PluginInfoResponse{
		Type:              base.PluginTypeDevice,
		PluginApiVersions: []string{device.ApiVersion010},
		PluginVersion:     "v0.1.0",
		Name:              "fake-gpu",
	}, nil
}

func (fakeGpu) ConfigSchema() (*hclspec.Spec, error) {
	return hclspec.NewObject(map[string]*hclspec.Spec{}), nil
}

func (fakeGpu) SetConfig(*base.Config) error { return nil }

// Fingerprint tells of all devices once: they neither come nor go.
func (fakeGpu) Fingerprint(ctx context.Context) (<-chan *device.FingerprintResponse, error) {
	out := make(chan *device.FingerprintResponse, 1)
	groups := []*device.DeviceGroup{}
	for _, one := range models {
		memory := one.memoryMiB
		group := &device.DeviceGroup{
			Vendor: one.vendor,
			Type:   "gpu",
			Name:   one.name,
			Attributes: map[string]*structs.Attribute{
				"memory": {Int: &memory, Unit: structs.UnitMiB},
			},
		}
		for n := int64(0); n < one.count; n++ {
			id := fmt.Sprintf("GPU-%s-%d", strings.ReplaceAll(one.name, " ", "-"), n)
			group.Devices = append(group.Devices, &device.Device{ID: id, Healthy: true})
		}
		groups = append(groups, group)
	}
	out <- device.NewFingerprint(groups...)
	go func() {
		<-ctx.Done()
		close(out)
	}()
	return out, nil
}

// Reserve names the devices in the vendor's variable, as NVIDIA's plugin does.
// AMD's come with a device node and a mount besides, as ROCm's do: harmless files of every node under other names.
func (fakeGpu) Reserve(ids []string) (*device.ContainerReservation, error) {
	for _, one := range models {
		if strings.HasPrefix(ids[0], "GPU-"+strings.ReplaceAll(one.name, " ", "-")) {
			reservation := &device.ContainerReservation{Envs: map[string]string{one.variable: strings.Join(ids, ",")}}
			if one.vendor == "amd" {
				reservation.Devices = []*device.DeviceSpec{{TaskPath: "/dev/kfd", HostPath: "/dev/null", CgroupPerms: "rw"}}
				reservation.Mounts = []*device.Mount{{TaskPath: "/opt/rocm/info", HostPath: "/etc/passwd", ReadOnly: true}}
			}
			return reservation, nil
		}
	}
	return nil, fmt.Errorf("unknown devices %v", ids)
}

func (fakeGpu) Stats(ctx context.Context, _ time.Duration) (<-chan *device.StatsResponse, error) {
	out := make(chan *device.StatsResponse)
	go func() {
		<-ctx.Done()
		close(out)
	}()
	return out, nil
}

func main() {
	plugins.Serve(func(log.Logger) interface{} { return fakeGpu{} })
}
