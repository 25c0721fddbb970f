// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

// Every reason code of the project, in one place. They appear in the audit log, in the control
// interface and in the command line's JSON errors, and do not change once released.
// Wire bodies of Azure's protocols never show them: those stay byte-true.
namespace openimds::reasons {

// HTTP: the bytes were not a request that we take.
inline constexpr std::string_view kMalformedRequest = "http.malformed";
inline constexpr std::string_view kHeaderTooLarge = "http.header_too_large";
inline constexpr std::string_view kUriTooLong = "http.uri_too_long";
inline constexpr std::string_view kBodyTooLarge = "http.body_too_large";
inline constexpr std::string_view kHostNotAllowed = "http.host_not_allowed";
inline constexpr std::string_view kPathNotAllowed = "http.path_not_allowed";
inline constexpr std::string_view kNoSuchPath = "http.no_such_path";
inline constexpr std::string_view kMethodNotAllowed = "http.method_not_allowed";
inline constexpr std::string_view kTlsFailed = "http.tls_failed";
inline constexpr std::string_view kBusy = "http.busy";
inline constexpr std::string_view kHandlerFailed = "http.handler_failed";

// Who may ask at all.
inline constexpr std::string_view kForwarded = "caller.forwarded";
inline constexpr std::string_view kBrowser = "caller.browser";
inline constexpr std::string_view kNotLoopback = "caller.not_loopback";
inline constexpr std::string_view kPeerEnded = "caller.process_ended";
inline constexpr std::string_view kPeerNotAllowed = "caller.peer_not_allowed";
inline constexpr std::string_view kMetadataHeader = "caller.metadata_header";
inline constexpr std::string_view kUnknownMachine = "caller.unknown_machine";
inline constexpr std::string_view kCallerThrottled = "caller.throttled";
inline constexpr std::string_view kNotAttached = "caller.not_attached";
inline constexpr std::string_view kWitnessesDisagree = "caller.witnesses_disagree";
inline constexpr std::string_view kUserNotFound = "caller.user_not_found";
inline constexpr std::string_view kUserNotAllowed = "caller.user_not_allowed";

// What was asked.
inline constexpr std::string_view kApiVersionMissing = "query.api_version_missing";
inline constexpr std::string_view kApiVersionUnknown = "query.api_version_unknown";
inline constexpr std::string_view kResourceMissing = "query.resource_missing";
inline constexpr std::string_view kResourceInvalid = "query.resource_invalid";
inline constexpr std::string_view kDuplicateParameter = "query.duplicate_parameter";
inline constexpr std::string_view kMalformedQuery = "query.malformed";
inline constexpr std::string_view kMisspeltSelector = "query.misspelt_selector";
inline constexpr std::string_view kEmptySelector = "query.empty_selector";
inline constexpr std::string_view kSelectorConflict = "query.selector_conflict";
inline constexpr std::string_view kFormatInvalid = "query.format_invalid";
inline constexpr std::string_view kNoSuchElement = "query.no_such_element";
inline constexpr std::string_view kNonceInvalid = "query.nonce_invalid";
inline constexpr std::string_view kStartRequestsInvalid = "query.start_requests_invalid";
inline constexpr std::string_view kEventUnknown = "query.event_unknown";
inline constexpr std::string_view kBypassCacheInvalid = "query.bypass_cache_invalid";

// Which identity.
inline constexpr std::string_view kIdentityNotFound = "identity.not_found";
inline constexpr std::string_view kIdentityAmbiguous = "identity.ambiguous";

// A fault profile pretended trouble.
inline constexpr std::string_view kFaultProfile = "fault.profile";

// The token itself.
inline constexpr std::string_view kAudienceUnknown = "token.audience_unknown";
inline constexpr std::string_view kTenantUnknown = "token.tenant_unknown";
inline constexpr std::string_view kTokenInvalid = "token.invalid";
inline constexpr std::string_view kSigningFailed = "token.signing_failed";

// Proving who we are to an authority.
inline constexpr std::string_view kCredentialInvalid = "credential.invalid";
inline constexpr std::string_view kCredentialUnreadable = "credential.unreadable";
inline constexpr std::string_view kCredentialFailed = "credential.failed";

// Asking an upstream authority.
inline constexpr std::string_view kUpstreamNameLookup = "upstream.name_lookup";
inline constexpr std::string_view kUpstreamConnect = "upstream.connect";
inline constexpr std::string_view kUpstreamTls = "upstream.tls";
inline constexpr std::string_view kUpstreamTimeout = "upstream.timeout";
inline constexpr std::string_view kUpstreamTooLarge = "upstream.too_large";
inline constexpr std::string_view kUpstreamBroken = "upstream.broken";
inline constexpr std::string_view kUpstreamNotAllowed = "upstream.not_allowed";
inline constexpr std::string_view kUpstreamNonsense = "upstream.nonsense";
inline constexpr std::string_view kUpstreamRefused = "upstream.refused";
inline constexpr std::string_view kUpstreamThrottled = "upstream.throttled";
inline constexpr std::string_view kUpstreamTrouble = "upstream.trouble";

// An attested document that is not believed, each for the check that it failed.
inline constexpr std::string_view kAttestationMalformed = "attestation.malformed";
inline constexpr std::string_view kAttestationSignature = "attestation.signature";
inline constexpr std::string_view kAttestationChain = "attestation.chain";
inline constexpr std::string_view kAttestationSigner = "attestation.signer_purpose";
inline constexpr std::string_view kAttestationSignerTime = "attestation.signer_time";
inline constexpr std::string_view kAttestationWindow = "attestation.window";
inline constexpr std::string_view kAttestationNonce = "attestation.nonce";
inline constexpr std::string_view kAttestationMachine = "attestation.machine";

// A client that our authority does not believe (frontends/oauth has Entra's number for each).
inline constexpr std::string_view kClientUnknown = "client.unknown";
inline constexpr std::string_view kClientProofMissing = "client.proof_missing";
inline constexpr std::string_view kClientProofTwice = "client.proof_twice";
inline constexpr std::string_view kClientSecretInvalid = "client.secret_invalid";
inline constexpr std::string_view kClientSecretExpired = "client.secret_expired";
inline constexpr std::string_view kAssertionType = "assertion.type";
inline constexpr std::string_view kAssertionMalformed = "assertion.malformed";
inline constexpr std::string_view kAssertionSubject = "assertion.subject";
inline constexpr std::string_view kAssertionAudience = "assertion.audience";
inline constexpr std::string_view kAssertionTime = "assertion.time";
inline constexpr std::string_view kAssertionKey = "assertion.key";
inline constexpr std::string_view kAssertionReplayed = "assertion.replayed";
inline constexpr std::string_view kFederationIssuer = "federation.issuer";
inline constexpr std::string_view kFederationSubject = "federation.subject";
inline constexpr std::string_view kFederationAudience = "federation.audience";
inline constexpr std::string_view kFederationKeys = "federation.keys";
inline constexpr std::string_view kParameterMissing = "grant.parameter_missing";
inline constexpr std::string_view kParameterTwice = "grant.parameter_twice";
inline constexpr std::string_view kGrantTypeUnsupported = "grant.type_unsupported";
inline constexpr std::string_view kScopeInvalid = "grant.scope_invalid";

// What administrators ask of the resource manager.
inline constexpr std::string_view kBearerMissing = "access.bearer_missing";
inline constexpr std::string_view kBearerInvalid = "access.bearer_invalid";
inline constexpr std::string_view kBearerAudience = "access.bearer_audience";
inline constexpr std::string_view kNotAuthorized = "access.not_authorized";
inline constexpr std::string_view kContentInvalid = "resource.content_invalid";
inline constexpr std::string_view kTypeUnknown = "resource.type_unknown";
inline constexpr std::string_view kPreconditionFailed = "resource.precondition_failed";
inline constexpr std::string_view kProvisioningFailed = "resource.provisioning_failed";

// The registry and the store.
inline constexpr std::string_view kNameInvalid = "registry.name_invalid";
inline constexpr std::string_view kResourceIdInvalid = "registry.resource_id_invalid";
inline constexpr std::string_view kNotFound = "registry.not_found";
inline constexpr std::string_view kExists = "registry.exists";
inline constexpr std::string_view kInUse = "registry.in_use";
inline constexpr std::string_view kProfileInvalid = "registry.profile_invalid";
inline constexpr std::string_view kEventStatus = "registry.event_status";
inline constexpr std::string_view kLimitReached = "registry.limit_reached";
inline constexpr std::string_view kChangedMeanwhile = "store.changed_meanwhile";
inline constexpr std::string_view kStoreFailed = "store.failed";
inline constexpr std::string_view kStoreTooNew = "store.schema_too_new";
inline constexpr std::string_view kStateInUse = "state.in_use";
inline constexpr std::string_view kStateModes = "state.modes_too_open";
inline constexpr std::string_view kStateFailed = "state.failed";

// Templates, and deployments of them.
inline constexpr std::string_view kTemplateUnreadable = "template.unreadable";
inline constexpr std::string_view kTemplateInvalid = "template.invalid";
inline constexpr std::string_view kTemplateExpression = "template.expression";
inline constexpr std::string_view kTemplateParameter = "template.parameter";
inline constexpr std::string_view kTemplateCycle = "template.cycle";
inline constexpr std::string_view kTemplateLimit = "template.limit";
inline constexpr std::string_view kDeploymentFailed = "deployment.failed";

// Starting and configuring.
inline constexpr std::string_view kConfigInvalid = "config.invalid";
inline constexpr std::string_view kWildcardBind = "config.wildcard_bind";
inline constexpr std::string_view kListenFailed = "listen.failed";
inline constexpr std::string_view kAddressInUse = "listen.address_in_use";
inline constexpr std::string_view kSubprocessFailed = "subprocess.failed";
inline constexpr std::string_view kRelaunchRefused = "service.relaunch_refused";
inline constexpr std::string_view kSandboxUnavailable = "sandbox.unavailable";
inline constexpr std::string_view kHostNotReady = "host.not_ready";
inline constexpr std::string_view kHostCloud = "host.on_a_cloud";
inline constexpr std::string_view kHostInterface = "host.interface_invalid";
inline constexpr std::string_view kNoService = "control.no_service";
inline constexpr std::string_view kArgumentInvalid = "control.argument_invalid";
inline constexpr std::string_view kCryptoFailed = "crypto.failed";

// The VM extension's handler, and the agent that calls it.
inline constexpr std::string_view kHandlerEnvironment = "handler.environment";
inline constexpr std::string_view kHandlerSettings = "handler.settings";
inline constexpr std::string_view kHandlerDependency = "handler.dependency_missing";
inline constexpr std::string_view kHandlerSystem = "handler.system_unsupported";
inline constexpr std::string_view kHandlerDaemon = "handler.daemon";

// Migration: files of other people.
inline constexpr std::string_view kFileUnreadable = "migrate.file_unreadable";
inline constexpr std::string_view kFileUnwritable = "migrate.file_unwritable";

}  // namespace openimds::reasons
