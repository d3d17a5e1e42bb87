import { only } from '../process/environment.ts'

/** The key stores that the released cosign can use. Source: sigstore/cosign cmd/cosign/main.go. */
export type KmsProvider = keyof typeof VARIABLES

/**
 * What the child of each provider may see of the step's environment, and of no other provider's. Left out on purpose: what switches the check
 * of certificates off (AWS_TLS_INSECURE_SKIP_VERIFY, VAULT_SKIP_VERIFY), and what runs programs (GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES).
 */
const VARIABLES = {
  // Sources: sigstore/sigstore pkg/signature/kms/aws/client.go; aws/aws-sdk-go-v2 config/env_config.go, resolve_credentials.go.
  awskms: [
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
    'AWS_PROFILE',
    'AWS_DEFAULT_PROFILE',
    'AWS_CONFIG_FILE',
    'AWS_SHARED_CREDENTIALS_FILE',
    'AWS_ROLE_ARN',
    'AWS_ROLE_SESSION_NAME',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_AUTHORIZATION_TOKEN',
    'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
    'AWS_EC2_METADATA_DISABLED',
    'AWS_EC2_METADATA_SERVICE_ENDPOINT',
    'AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE',
    'AWS_EC2_METADATA_V1_DISABLED',
    'AWS_CA_BUNDLE',
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_KMS',
    'AWS_ENDPOINT_URL_STS',
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
    'AWS_USE_FIPS_ENDPOINT',
    'AWS_USE_DUALSTACK_ENDPOINT',
    'AWS_RETRY_MODE',
    'AWS_MAX_ATTEMPTS'
  ],
  // Sources: sigstore/sigstore pkg/signature/kms/gcp/client.go; cloud.google.com/go/auth credentials/detect.go, internal/.
  gcpkms: [
    'GOOGLE_APPLICATION_CREDENTIALS',
    'GOOGLE_CLOUD_PROJECT',
    'GOOGLE_CLOUD_QUOTA_PROJECT',
    'GOOGLE_CLOUD_UNIVERSE_DOMAIN',
    'GOOGLE_API_USE_CLIENT_CERTIFICATE',
    'GOOGLE_API_CERTIFICATE_CONFIG',
    'GOOGLE_API_USE_MTLS_ENDPOINT',
    'GCE_METADATA_HOST'
  ],
  // Sources: sigstore/sigstore pkg/signature/kms/azure/client.go; Azure/azure-sdk-for-go sdk/azidentity (default_azure_credential.go,
  // environment_credential.go, managed_identity_client.go, workload_identity.go). Its other way, the program az, is not on the child's PATH.
  azurekms: [
    'AZURE_TENANT_ID',
    'AZURE_CLIENT_ID',
    'AZURE_CLIENT_SECRET',
    'AZURE_CLIENT_CERTIFICATE_PATH',
    'AZURE_CLIENT_CERTIFICATE_PASSWORD',
    'AZURE_CLIENT_SEND_CERTIFICATE_CHAIN',
    'AZURE_USERNAME',
    'AZURE_PASSWORD',
    'AZURE_FEDERATED_TOKEN_FILE',
    'AZURE_AUTHORITY_HOST',
    'AZURE_ADDITIONALLY_ALLOWED_TENANTS',
    'AZURE_REGIONAL_AUTHORITY_NAME',
    'AZURE_TOKEN_CREDENTIALS',
    'AZURE_ENVIRONMENT',
    'IDENTITY_ENDPOINT',
    'IDENTITY_HEADER',
    'IDENTITY_SERVER_THUMBPRINT',
    'IMDS_ENDPOINT',
    'MSI_ENDPOINT',
    'MSI_SECRET'
  ],
  // Sources: sigstore/sigstore pkg/signature/kms/hashivault/client.go; hashicorp/vault api/client.go.
  hashivault: [
    'VAULT_ADDR',
    'VAULT_TOKEN',
    'BAO_ADDR',
    'BAO_TOKEN',
    'TRANSIT_SECRET_ENGINE_PATH',
    'VAULT_NAMESPACE',
    'VAULT_HEADERS',
    'VAULT_CACERT',
    'VAULT_CACERT_BYTES',
    'VAULT_CAPATH',
    'VAULT_CLIENT_CERT',
    'VAULT_CLIENT_KEY',
    'VAULT_TLS_SERVER_NAME',
    'VAULT_PROXY_ADDR',
    'VAULT_HTTP_PROXY'
  ]
} as const

/** The provider of a reference such as `awskms:///alias/signing`; undefined when it names none that cosign has. */
export function kmsProviderOf(reference: string): KmsProvider | undefined {
  const [, scheme = ''] = /^([a-z]+):\/\//.exec(reference) ?? []
  return Object.hasOwn(VARIABLES, scheme) ? (scheme as KmsProvider) : undefined
}

/**
 * What the child of a key in a key store gets of the step's environment: its provider's variables, as far as they are set.
 * @param reference as `cosign-key` has it.
 */
export function kmsEnvironment(
  reference: string,
  env: Readonly<Record<string, string | undefined>>
): Record<string, string> {
  const provider = kmsProviderOf(reference)
  return provider === undefined ? {} : only(env, VARIABLES[provider])
}
