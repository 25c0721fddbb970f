// SPDX-License-Identifier: Apache-2.0

// A story with the management SDKs, in two parts: `manage_resources up|down`. What it works on is in
// MANAGE, as JSON; what each operation gave is printed as one JSON object.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/Azure/azure-sdk-for-go/services/compute/mgmt/2021-11-01/compute"
	"github.com/Azure/azure-sdk-for-go/services/msi/mgmt/2018-11-30/msi"
	"github.com/Azure/azure-sdk-for-go/services/resources/mgmt/2020-10-01/resources"
	"github.com/Azure/go-autorest/autorest"
	"github.com/Azure/go-autorest/autorest/adal"
	"github.com/Azure/go-autorest/autorest/to"
)

const (
	extensionType = "ManagedIdentityExtensionForLinux"
	location      = "westeurope"
)

type story struct {
	URL, Subscription, Tenant, Group, Client, Secret string
	Port                                             int

	machines   compute.VirtualMachinesClient
	extensions compute.VirtualMachineExtensionsClient
	scaleSets  compute.VirtualMachineScaleSetsClient
	ofSets     compute.VirtualMachineScaleSetExtensionsClient
	identities msi.UserAssignedIdentitiesClient
	groups     resources.GroupsClient
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (s *story) connect() {
	config, err := adal.NewOAuthConfig(s.URL+"/", s.Tenant)
	must(err)
	token, err := adal.NewServicePrincipalToken(*config, s.Client, s.Secret,
		"https://management.azure.com/")
	must(err)
	bearer := autorest.NewBearerAuthorizer(token)
	s.machines = compute.NewVirtualMachinesClientWithBaseURI(s.URL, s.Subscription)
	s.extensions = compute.NewVirtualMachineExtensionsClientWithBaseURI(s.URL, s.Subscription)
	s.scaleSets = compute.NewVirtualMachineScaleSetsClientWithBaseURI(s.URL, s.Subscription)
	s.ofSets = compute.NewVirtualMachineScaleSetExtensionsClientWithBaseURI(s.URL, s.Subscription)
	s.identities = msi.NewUserAssignedIdentitiesClientWithBaseURI(s.URL, s.Subscription)
	s.groups = resources.NewGroupsClientWithBaseURI(s.URL, s.Subscription)
	for _, authorizer := range []*autorest.Authorizer{&s.machines.Authorizer,
		&s.extensions.Authorizer, &s.scaleSets.Authorizer, &s.ofSets.Authorizer,
		&s.identities.Authorizer, &s.groups.Authorizer} {
		*authorizer = bearer
	}
}

func (s *story) exists(ctx context.Context) bool {
	found, err := s.groups.CheckExistence(ctx, s.Group)
	must(err)
	return found.StatusCode == 204
}

func (s *story) up(ctx context.Context) map[string]any {
	done := map[string]any{}
	_, err := s.groups.CreateOrUpdate(ctx, s.Group,
		resources.Group{Location: to.StringPtr(location)})
	must(err)
	done["groupExists"] = s.exists(ctx)
	worker, err := s.identities.CreateOrUpdate(ctx, s.Group, "worker",
		msi.Identity{Location: to.StringPtr(location)})
	must(err)
	done["identity"] = map[string]any{"id": *worker.ID, "clientId": worker.ClientID.String(),
		"principalId": worker.PrincipalID.String()}
	s.makeMachine(ctx, *worker.ID)
	listed, err := s.extensions.List(ctx, s.Group, "vm", "")
	must(err)
	done["extensions"] = []string{*(*listed.Value)[0].Name}
	machines, err := s.machines.ListComplete(ctx, s.Group, "")
	must(err)
	done["machines"] = []string{*machines.Value().Name}
	view, err := s.machines.InstanceView(ctx, s.Group, "vm")
	must(err)
	done["power"] = *(*view.Statuses)[1].Code
	s.makeScaleSet(ctx)
	sets, err := s.ofSets.ListComplete(ctx, s.Group, "fleet")
	must(err)
	done["scaleSetExtensions"] = []string{*sets.Value().Name}
	return done
}

func (s *story) makeMachine(ctx context.Context, identity string) {
	machine, err := s.machines.CreateOrUpdate(ctx, s.Group, "vm", compute.VirtualMachine{
		Location: to.StringPtr(location),
		Identity: &compute.VirtualMachineIdentity{
			Type: compute.ResourceIdentityTypeUserAssigned,
			UserAssignedIdentities: map[string]*compute.VirtualMachineIdentityUserAssignedIdentitiesValue{
				identity: {}}},
		VirtualMachineProperties: &compute.VirtualMachineProperties{
			HardwareProfile: &compute.HardwareProfile{VMSize: "Standard_B1s"}}})
	must(err)
	must(machine.WaitForCompletionRef(ctx, s.machines.Client))
	set, err := s.extensions.CreateOrUpdate(ctx, s.Group, "vm", extensionType,
		compute.VirtualMachineExtension{
			Location: to.StringPtr(location),
			VirtualMachineExtensionProperties: &compute.VirtualMachineExtensionProperties{
				Publisher:          to.StringPtr("Microsoft.ManagedIdentity"),
				Type:               to.StringPtr(extensionType),
				TypeHandlerVersion: to.StringPtr("1.0"),
				Settings:           map[string]any{"port": s.Port}}})
	must(err)
	must(set.WaitForCompletionRef(ctx, s.extensions.Client))
}

func (s *story) makeScaleSet(ctx context.Context) {
	made, err := s.scaleSets.CreateOrUpdate(ctx, s.Group, "fleet", compute.VirtualMachineScaleSet{
		Location: to.StringPtr(location),
		Sku:      &compute.Sku{Name: to.StringPtr("Standard_B1s"), Capacity: to.Int64Ptr(2)},
		VirtualMachineScaleSetProperties: &compute.VirtualMachineScaleSetProperties{
			UpgradePolicy:         &compute.UpgradePolicy{Mode: compute.UpgradeModeManual},
			VirtualMachineProfile: &compute.VirtualMachineScaleSetVMProfile{}}})
	must(err)
	must(made.WaitForCompletionRef(ctx, s.scaleSets.Client))
	set, err := s.ofSets.CreateOrUpdate(ctx, s.Group, "fleet", extensionType,
		compute.VirtualMachineScaleSetExtension{
			VirtualMachineScaleSetExtensionProperties: &compute.VirtualMachineScaleSetExtensionProperties{
				Publisher:          to.StringPtr("Microsoft.ManagedIdentity"),
				Type:               to.StringPtr(extensionType),
				TypeHandlerVersion: to.StringPtr("1.0"),
				Settings:           map[string]any{"port": s.Port}}})
	must(err)
	must(set.WaitForCompletionRef(ctx, s.ofSets.Client))
}

func (s *story) down(ctx context.Context) map[string]any {
	done := map[string]any{}
	extension, err := s.extensions.Delete(ctx, s.Group, "vm", extensionType)
	must(err)
	must(extension.WaitForCompletionRef(ctx, s.extensions.Client))
	missing, err := s.machines.Get(ctx, s.Group, "none", "")
	if err != nil {
		done["missing"] = map[string]any{"statusCode": missing.StatusCode}
	}
	machine, err := s.machines.Delete(ctx, s.Group, "vm", nil)
	must(err)
	must(machine.WaitForCompletionRef(ctx, s.machines.Client))
	_, err = s.identities.Delete(ctx, s.Group, "worker")
	must(err)
	group, err := s.groups.Delete(ctx, s.Group)
	must(err)
	must(group.WaitForCompletionRef(ctx, s.groups.Client))
	done["groupExists"] = s.exists(ctx)
	return done
}

func main() {
	var s story
	must(json.Unmarshal([]byte(os.Getenv("MANAGE")), &s))
	s.connect()
	part := map[string]func(context.Context) map[string]any{"up": s.up, "down": s.down}[os.Args[1]]
	must(json.NewEncoder(os.Stdout).Encode(part(context.Background())))
}
