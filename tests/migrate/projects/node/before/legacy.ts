import * as msRest from 'ms-rest-azure';
import * as nodeauth from '@azure/ms-rest-nodeauth';

export async function login(): Promise<unknown> {
  const vm = await nodeauth.loginWithVmMSI({ resource: 'https://vault.azure.net' });
  await msRest.loginWithMSI('tenant.example', { port: 50342 });
  const appService = await nodeauth.loginWithAppServiceMSI();
  return [vm, appService];
}

export const inCloudShell = 'http://localhost:50342/oauth2/token'; // Cloud Shell has it as well
