// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

// The name of every log event, in one place.
namespace openimds::events {

// Audit: one for each token handed out or refused.
inline constexpr std::string_view kTokenIssued = "token.issued";
inline constexpr std::string_view kTokenRefused = "token.refused";

// An authority elsewhere was asked for a token.
inline constexpr std::string_view kUpstreamAnswered = "upstream.answered";
inline constexpr std::string_view kUpstreamFailed = "upstream.failed";

// Scheduled events: a machine approved one; those whose time came could not be started.
inline constexpr std::string_view kEventApproved = "event.approved";
inline constexpr std::string_view kEventsNotStarted = "event.not_started";
// Audit: one for each thing that the resource manager was asked to change, done or refused, and for
// each request that it refused for want of a right.
inline constexpr std::string_view kResourceChanged = "resource.changed";
inline constexpr std::string_view kResourceRefused = "resource.refused";
// A deployment that was running when the service ended; one that could not be written on.
inline constexpr std::string_view kDeploymentInterrupted = "deployment.interrupted";
inline constexpr std::string_view kDeploymentAbandoned = "deployment.abandoned";
inline constexpr std::string_view kAdministratorMade = "administrator.made";
inline constexpr std::string_view kExtensionServed = "extension.served";
inline constexpr std::string_view kExtensionEnded = "extension.ended";
inline constexpr std::string_view kExtensionFailed = "extension.failed";

inline constexpr std::string_view kGuestCertificateKept = "guest.certificate_kept";
inline constexpr std::string_view kGuestPackageGone = "guest.package_gone";
inline constexpr std::string_view kGuestRestarted = "guest.daemon_restarted";
inline constexpr std::string_view kGuestCallersNotSaved = "guest.callers_not_saved";

inline constexpr std::string_view kServiceReady = "service.ready";
inline constexpr std::string_view kHandingOver = "service.handing_over";
inline constexpr std::string_view kHandOverRefused = "service.hand_over_refused";
inline constexpr std::string_view kSocketsUnclaimed = "service.sockets_unclaimed";
inline constexpr std::string_view kSandboxMissing = "service.not_sandboxed";
inline constexpr std::string_view kServiceStopping = "service.stopping";
inline constexpr std::string_view kServiceStopped = "service.stopped";
inline constexpr std::string_view kConfigReloaded = "config.reloaded";
inline constexpr std::string_view kConfigRefused = "config.refused";
inline constexpr std::string_view kMachineMissing = "listener.machine_missing";
inline constexpr std::string_view kGuestDoorOpened = "guest.door_opened";
inline constexpr std::string_view kGuestDoorClosed = "guest.door_closed";
inline constexpr std::string_view kGuestDoorWaiting = "guest.door_waiting";
inline constexpr std::string_view kGuestRulesGone = "guest.rules_gone";
inline constexpr std::string_view kAddressSkipped = "listener.address_skipped";
inline constexpr std::string_view kCertificateNotRenewed = "tls.certificate_not_renewed";
inline constexpr std::string_view kAttestationFailed = "attestation.failed";
inline constexpr std::string_view kKeyRotated = "authority.key_rotated";
inline constexpr std::string_view kOperation = "control.operation";
inline constexpr std::string_view kRequestRefused = "http.request_refused";
inline constexpr std::string_view kConnectionRefused = "http.connection_refused";
inline constexpr std::string_view kHandlerFailed = "http.handler_failed";
inline constexpr std::string_view kLinesLost = "log.lines_lost";

}  // namespace openimds::events
