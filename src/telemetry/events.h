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

inline constexpr std::string_view kServiceReady = "service.ready";
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
inline constexpr std::string_view kKeyRotated = "authority.key_rotated";
inline constexpr std::string_view kOperation = "control.operation";
inline constexpr std::string_view kRequestRefused = "http.request_refused";
inline constexpr std::string_view kConnectionRefused = "http.connection_refused";
inline constexpr std::string_view kHandlerFailed = "http.handler_failed";
inline constexpr std::string_view kLinesLost = "log.lines_lost";

}  // namespace openimds::events
