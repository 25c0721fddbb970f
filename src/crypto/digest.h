// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/guid.h"

// Digests, base64 and random bytes. Every thread may call all of it. What cannot fail on a working
// machine (a digest, the generator) ends the process if it does: there is no safe way on.
namespace openimds {

std::string Sha1(std::string_view bytes);    // 20 raw bytes; only for names and thumbprints
std::string Sha256(std::string_view bytes);  // 32 raw bytes

// RFC 4122 version 5: the same name gives the same GUID everywhere.
Guid NameGuid(const Guid& space, std::string_view name);

std::string Base64UrlEncode(std::string_view bytes);  // no padding
std::string Base64Encode(std::string_view bytes);     // padded

// The decoders take exactly what the encoder of their alphabet gives, so that no two texts stand
// for the same bytes: no space, no foreign character, no missing or surplus padding, no bits left
// over. False leaves `bytes` alone.
bool Base64UrlDecode(std::string_view text, std::string* bytes);
bool Base64Decode(std::string_view text, std::string* bytes);

// `size` bytes from OpenSSL's generator.
std::string RandomBytes(std::size_t size);

}  // namespace openimds
