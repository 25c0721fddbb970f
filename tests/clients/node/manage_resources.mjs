// SPDX-License-Identifier: Apache-2.0
// A story with the management SDKs, in two parts: `manage_resources.mjs up|down`. What it works on
// is in MANAGE, as JSON; what each operation gave is printed as one JSON object, by its name.

import { ClientSecretCredential } from '@azure/identity';
import { ComputeManagementClient } from '@azure/arm-compute';
import { ManagedServiceIdentityClient } from '@azure/arm-msi';
import { ResourceManagementClient } from '@azure/arm-resources';
import { ResourceManagementClient as DeployingClient } from 'arm-resources-5.2';
import { SubscriptionClient } from '@azure/arm-resources-subscriptions';

const given = JSON.parse(process.env.MANAGE);
const { url, subscription, group, port, template } = given;
// The authority in the shape of an ADFS: its issuer is where the client asks, and MSAL checks that.
const credential = new ClientSecretCredential('adfs', given.client, given.secret, {
  authorityHost: url,
  disableInstanceDiscovery: true,
});
const options = { endpoint: url };
const resources = new ResourceManagementClient(credential, subscription, options);
const deploying = new DeployingClient(credential, subscription, options);
const compute = new ComputeManagementClient(credential, subscription, options);
const identities = new ManagedServiceIdentityClient(credential, subscription, options);
const subscriptions = new SubscriptionClient(credential, options);

const location = 'westeurope';
const type = 'ManagedIdentityExtensionForLinux';
const extension = {
  publisher: 'Microsoft.ManagedIdentity',
  typePropertiesType: type,
  typeHandlerVersion: '1.0',
  autoUpgradeMinorVersion: true,
};
const deployment = { properties: { mode: 'Incremental', template, parameters: {} } };

async function names(list, of = (one) => one.name) {
  const all = [];
  for await (const one of list) all.push(of(one));
  return all;
}

const up = {
  token: async () => (await credential.getToken('https://management.azure.com/.default')).token,
  subscriptions: () => names(subscriptions.subscriptions.list(), (one) => one.subscriptionId),
  group: () => resources.resourceGroups.createOrUpdate(group, { location }),
  groupExists: async () => (await resources.resourceGroups.checkExistence(group)).body,
  groups: () => names(resources.resourceGroups.list()),
  identity: () => identities.userAssignedIdentities.createOrUpdate(group, 'worker', { location }),
  identities: () => names(identities.userAssignedIdentities.listByResourceGroup(group)),
  federated: () => identities.federatedIdentityCredentials.createOrUpdate(group, 'worker', 'ci', {
    issuer: 'https://issuer.example', subject: 's', audiences: ['api://AzureADTokenExchange'],
  }),
  machine: () => compute.virtualMachines.createOrUpdate(group, 'vm', {
    location, hardwareProfile: { vmSize: 'Standard_B1s' }, networkProfile: { networkInterfaces: [] },
  }),
  assigned: (done) => compute.virtualMachines.update(group, 'vm', {
    identity: { type: 'UserAssigned', userAssignedIdentities: { [done.identity.id]: {} } },
  }),
  extension: () => compute.virtualMachineExtensions.createOrUpdate(group, 'vm', type, {
    location, ...extension, settings: { port },
  }),
  extensions: async () =>
    (await compute.virtualMachineExtensions.list(group, 'vm')).value.map((one) => one.name),
  view: () => compute.virtualMachines.get(group, 'vm', { expand: 'instanceView' }),
  machines: () => names(compute.virtualMachines.list(group)),
  allMachines: () => names(compute.virtualMachines.listAll()),
  scaleSet: () => compute.virtualMachineScaleSets.createOrUpdate(group, 'fleet', {
    location, sku: { name: 'Standard_B1s', capacity: 2 }, identity: { type: 'SystemAssigned' },
    upgradePolicy: { mode: 'Manual' },
    virtualMachineProfile: { storageProfile: { osDisk: { createOption: 'FromImage' } } },
  }),
  scaleSetExtension: () => compute.virtualMachineScaleSetExtensions.createOrUpdate(
    group, 'fleet', type, { ...extension, settings: { port } }),
  scaleSetExtensions: () => names(compute.virtualMachineScaleSetExtensions.list(group, 'fleet')),
  instances: () => names(compute.virtualMachineScaleSetVMs.list(group, 'fleet')),
  validated: () => deploying.deployments.beginValidateAndWait(group, 'd', deployment),
  deployed: () => deploying.deployments.beginCreateOrUpdateAndWait(group, 'd', deployment),
  changes: async () => (await deploying.deployments.beginWhatIfAndWait(group, 'd', deployment))
    .changes.map((one) => one.changeType),
  exported: async () => (await deploying.resourceGroups.beginExportTemplateAndWait(
    group, { resources: ['*'] })).template.resources.map((one) => one.type),
};

const down = {
  extensionGone: () => compute.virtualMachineExtensions.delete(group, 'vm', type),
  missing: async () => {
    try {
      return await compute.virtualMachines.get(group, 'none');
    } catch (error) {
      return { code: error.code, statusCode: error.statusCode };
    }
  },
  machineGone: () => compute.virtualMachines.delete(group, 'vm'),
  scaleSetGone: () => compute.virtualMachineScaleSets.delete(group, 'fleet'),
  identityGone: () => identities.userAssignedIdentities.delete(group, 'worker'),
  groupGone: () => resources.resourceGroups.beginDeleteAndWait(group),
  groupExists: async () => (await resources.resourceGroups.checkExistence(group)).body,
};

const done = {};
for (const [name, operation] of Object.entries(process.argv[2] === 'up' ? up : down)) {
  try {
    done[name] = (await operation(done)) ?? null;
  } catch (error) {
    console.error(`${name}: ${error.stack}`);
    process.exit(1);
  }
}
console.log(JSON.stringify(done));
